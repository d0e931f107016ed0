module.exports = {
  displayName: 'shared',
  testEnvironment: 'node',
  transform: { '^.+\\.tsx?$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2021' } }] },
  testMatch: ['<rootDir>/src/**/*.test.ts'],
};
