// The `muster` command for one line after the other, in one process: what takes time is its start. Each line has a command
// of its own, which is loaded anew. `node command-lines.js <path of the command> '[["status"],["list"]]'`
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

/** What a command came to. @typedef {{ code: number, stdout: string, stderr: string }} Answer */

const [, , command = '', lines = '[]'] = process.argv;
const { href } = pathToFileURL(command);
const { stdout } = process;
let said = { stdout: '', stderr: '' };
for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
  const value = new Writable({
    write(chunk, _encoding, done) {
      said[name] += chunk;
      done();
    },
  });
  Object.defineProperty(process, name, { value });
}

// A command may end its process a moment after it has failed, whatever is still open. Here the next one follows.
process.exit = /** @type {() => never} */ (() => undefined);

/** @type {Answer[]} */
const answers = [];
for (const [index, args] of JSON.parse(lines).entries()) {
  said = { stdout: '', stderr: '' };
  process.exitCode = undefined;
  process.argv = [process.execPath, command, ...args];
  await import(`${href}?${index}`);
  answers.push({ code: Number(process.exitCode ?? 0), ...said });
}
process.exitCode = undefined;
stdout.write(JSON.stringify(answers));
