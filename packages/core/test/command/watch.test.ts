import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDeployment, type Deployment } from '../../../../test/support/deployment.js';

let deployment: Deployment;
const write = (file: string, text: string) => writeFile(join(deployment.app, file), text);

/** Writes data.json at each request, as many small servers keep what they know. */
const WRITER = `
  const { writeFileSync } = require('node:fs');
  const config = require('./config.json');
  require('node:http').createServer((req, res) => {
    writeFileSync('data.json', JSON.stringify({ at: Date.now() }));
    writeFileSync('generated.js', '//');
    res.end('written ' + config.name);
  }).listen(Number(process.env.PORT), '127.0.0.1');`;

const WRITER_OF_MODULES = `
  import { writeFileSync } from 'node:fs';
  import { createServer } from 'node:http';
  import { createRequire } from 'node:module';
  const config = createRequire(import.meta.url)('./config.json');
  createServer((req, res) => {
    writeFileSync('data.json', JSON.stringify({ at: Date.now() }));
    writeFileSync('generated.js', '//');
    res.end('written ' + config.name);
  }).listen(Number(process.env.PORT), '127.0.0.1');`;

beforeEach(async () => {
  deployment = await createDeployment();
  await write('config.json', '{ "name": "one" }');
  await mkdir(join(deployment.app, 'fixtures'));
});
afterEach(() => deployment[Symbol.asyncDispose]());

it.each([
  { file: 'writer.cjs', code: WRITER },
  { file: 'writer.mjs', code: WRITER_OF_MODULES },
])('$file may write JSON, and what is ignored, without a reload', async ({ file, code }) => {
  await write(file, code);
  await write('unread.cjs', '//');
  const ignored = ['--watch-ignore', 'generated.js', '--watch-ignore', 'fixtures/**/*.js'];
  const program = deployment.start([file, '-w', '1', '--watch', ...ignored]);
  await program.printed(/worker 0 .* is ready/);
  for (let asked = 0; asked < 20; asked += 1) {
    expect(await deployment.ask()).toBe('written one');
    await write('fixtures/made.js', `// ${asked}`);
  }

  // What says the same as before is no change.
  await chmod(join(deployment.app, 'unread.cjs'), 0o600);

  // JSON that code has loaded is code.
  await write('config.json', '{ "name": "two" }');
  await program.printed(/^muster: config\.json changed$/m);
  await program.printed(/1 worker was replaced/);
  expect(await deployment.ask()).toBe('written two');
  await write('package.json', '{}');
  await program.printed(/^muster: package\.json changed$/m);

  const said = program.output().match(/^muster: .* changed$/gm);
  expect(said).toEqual(['muster: config.json changed', 'muster: package.json changed']);
});
