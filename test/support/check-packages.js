// Packs every package, and lets publint and attw judge the tarballs: what is published, not what lies here.
import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packAll } from './pack.js';

const run = promisify(execFile);
const tools = join(import.meta.dirname, '../../node_modules/.bin');

const folder = await packAll();
try {
  for (const tarball of await readdir(folder)) {
    const file = join(folder, tarball);
    await judge('publint', ['run', file, '--strict']);
    await judge('attw', [file, '--profile', 'esm-only']);
    console.log(`ok  ${tarball}`);
  }
} finally {
  await rm(folder, { recursive: true });
}

/**
 * @param {string} tool
 * @param {string[]} args
 */
async function judge(tool, args) {
  try {
    await run(join(tools, tool), args);
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout: string, stderr: string }} */ (error);
    console.error(stdout, stderr);
    throw new Error(`${tool} ${args.join(' ')} failed`);
  }
}
