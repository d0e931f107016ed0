// Packages below @grafana/ui that are published as ES modules only; jest runs CommonJS.
const ES_MODULES = [
  'ol',
  'd3',
  'd3-[^/]+',
  'delaunator',
  'internmap',
  'robust-predicates',
  'react-colorful',
  'uuid',
  'geotiff',
  'quick-lru',
  'rbush',
  'color-[^/]+',
  'pbf',
  'earcut',
  'quickselect',
];

module.exports = {
  displayName: 'datasource',
  testEnvironment: 'jsdom',
  setupFilesAfterEnv: ['<rootDir>/src/testing/setup.ts'],
  transform: {
    '\\.(m?j|t)sx?$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'classic' } },
          target: 'es2021',
        },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES.join('|')})/)`],
  moduleNameMapper: {
    // Nothing under test draws code editors or SVG icons, and both are loaded over the network.
    '^react-inlinesvg$': '<rootDir>/src/testing/InlineSvg.tsx',
    '^monaco-editor$': '<rootDir>/src/testing/nothing.ts',
  },
  testMatch: ['<rootDir>/src/**/*.test.{ts,tsx}'],
};
