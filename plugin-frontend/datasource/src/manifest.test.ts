import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const source = __dirname;
const manifest = readJson('plugin.json');

function readJson(file: string) {
  return JSON.parse(readFileSync(path.join(source, file), 'utf8'));
}

describe('plugin.json', () => {
  it('has the version of the package', () => {
    expect(manifest.info.version).toBe(readJson('../package.json').version);
  });

  it('names only files that exist', () => {
    expect(existsSync(path.join(source, manifest.info.logos.small))).toBe(true);
    for (const { path: dashboard } of manifest.includes) {
      expect(existsSync(path.join(source, '../../../dashboards/overview', path.basename(dashboard)))).toBe(true);
    }
  });
});
