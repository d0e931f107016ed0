// Builds the plugin as Grafana loads it: one AMD file whose shared libraries come from Grafana. JSX is compiled to
// React.createElement because Grafana 10 does not offer react/jsx-runtime to plugins.
const path = require('node:path');
const CopyPlugin = require('copy-webpack-plugin');

const repository = path.resolve(__dirname, '../..');

const PROVIDED_BY_GRAFANA = [
  'react',
  'react-dom',
  'rxjs',
  'rxjs/operators',
  'lodash',
  '@emotion/css',
  '@emotion/react',
  '@grafana/data',
  '@grafana/runtime',
  '@grafana/ui',
];

module.exports = (_env, { mode }) => ({
  mode,
  context: path.join(__dirname, 'src'),
  entry: { module: './module.ts' },
  target: ['web', 'es2021'],
  devtool: mode === 'production' ? 'source-map' : 'eval-source-map',
  externals: PROVIDED_BY_GRAFANA,
  output: {
    path: path.join(__dirname, 'dist'),
    filename: '[name].js',
    library: { type: 'amd' },
    uniqueName: 'bellwether-datasource',
    // The executables are put here by the C++ build and outlive a build of the frontend.
    clean: { keep: /^(gpx_.*)$/ },
  },
  resolve: { extensions: ['.ts', '.tsx', '.js'] },
  module: {
    rules: [
      {
        test: /\.tsx?$/,
        loader: 'swc-loader',
        options: {
          jsc: {
            target: 'es2021',
            parser: { syntax: 'typescript', tsx: true },
            transform: { react: { runtime: 'classic' } },
          },
        },
      },
    ],
  },
  plugins: [
    new CopyPlugin({
      patterns: [
        { from: 'plugin.json' },
        { from: 'README.md' },
        { from: 'img', to: 'img' },
        { from: path.join(__dirname, 'CHANGELOG.md') },
        { from: path.join(repository, 'LICENSE'), toType: 'file', to: 'LICENSE' },
        { from: '*.json', context: path.join(repository, 'dashboards/overview'), to: 'dashboards' },
      ],
    }),
  ],
  performance: { maxAssetSize: 250_000, hints: mode === 'production' ? 'error' : false },
});
