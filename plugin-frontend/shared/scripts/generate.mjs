// Writes src/contract/query.gen.ts from the contract's JSON Schema. With --check it only compares.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';

const schemaPath = fileURLToPath(new URL('../../../proto/contract/query.schema.json', import.meta.url));
const outputPath = fileURLToPath(new URL('../src/contract/query.gen.ts', import.meta.url));

const banner = '// Generated from proto/contract/query.schema.json by `npm run generate`. Do not edit.\n';

// Unknown keys are ignored on read, so the types list the known ones only. Length limits of lists are left to the schema
// test: as tuple types they would force callers into casts.
const text = await compile(JSON.parse(await readFile(schemaPath, 'utf8')), 'BellwetherQuery', {
  additionalProperties: false,
  bannerComment: banner,
  ignoreMinAndMaxItems: true,
  style: { singleQuote: true, printWidth: 120 },
});

if (process.argv.includes('--check')) {
  if ((await readFile(outputPath, 'utf8')) !== text) {
    console.error('src/contract/query.gen.ts does not match the schema. Run: npm run generate');
    process.exit(1);
  }
} else {
  await writeFile(outputPath, text);
}
