// Writes the JSON schema of `muster.config.json` from its types, whose docstrings editors show. What is not JSON, such as
// functions, is left out. `node test/support/config-schema.js --check` only looks whether the file is up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';

const core = join(import.meta.dirname, '../../packages/core');
const SCHEMA = join(core, 'config.schema.json');

/** Options that are code in any form. */
const CODE = ['logger', 'hooks', 'extensions', 'Logger', 'Hooks', 'ClusterExtension'];

/** @returns {unknown} */
function configSchema() {
  const schema = createGenerator({
    path: join(core, 'src/config.ts'),
    tsconfig: join(core, 'tsconfig.json'),
    type: 'Config',
    expose: 'export',
    topRef: false,
    functions: 'hide',
    skipTypeCheck: true,
  }).createSchema('Config');
  return withoutCode(schema);
}

/** @param {unknown} value @returns {unknown} */
function withoutCode(value) {
  if (Array.isArray(value)) return value.map(withoutCode);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([name]) => !CODE.includes(name));
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutCode(inner)]));
}

const schema = JSON.stringify(configSchema(), null, 2);
const old = JSON.stringify(JSON.parse(await readFile(SCHEMA, 'utf8')), null, 2);
if (old !== schema) {
  if (process.argv[2] === '--check') {
    console.error('packages/core/config.schema.json is old: run `npx -y pnpm@12 format`');
    process.exitCode = 1;
  } else await writeFile(SCHEMA, `${schema}\n`);
}
