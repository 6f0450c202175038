import { describe, expect, it } from 'vitest';
import { runProgram } from '../../../../test/support/program.js';
import { type ClusterExtension, type ClusterOptions, startCluster } from '../../dist/index.js';
import { extensionConformance } from '../../dist/testing/index.js';

const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url);

it('extensions are called in the life of each worker, and no failure of theirs ends the primary', async () => {
  await using program = runProgram(fixture('extensions.js'));
  expect(await program.exited).toEqual({ code: 0, signal: null });
  const output = program.output();
  const calls = /^(?:start|forked|ready|exited|stopping|stopped|ended)\b.*$/gm;
  expect(output.match(calls)).toEqual([
    'start starting',
    'forked 0 1',
    'ready 0 1',
    'exited 0 1 SIGKILL',
    'forked 0 2',
    'ready 0 2',
    'stopping stop() was called',
    'exited 0 2 0',
    'stopped',
    'ended',
  ]);
  expect(output).toMatch(/^app slot 0 0$/m);
  expect(output).not.toContain('WRONG');
  expect(output).toContain('off: the extension "throws in start", the extension "hangs"');
  const failed = (name: string, error: string) =>
    `muster: the extension "${name}" failed; supervision goes on: Error: ${error}`;
  expect(output).toContain(failed('throws in start', 'no disk'));
  expect(output).toContain(failed('hangs', 'start() did not settle within 50 ms'));
  for (const method of ['forkSettings', 'workerForked', 'workerReady', 'workerExited']) {
    expect(output).toContain(failed('throws everywhere', `in ${method}`));
  }
  expect(output).toContain(failed('throws everywhere', 'in stopping'));
  expect(output).toContain(failed('throws everywhere', 'in stopped'));
  expect(output).toContain(failed('rejects', 'in its promise'));
  expect(output).toMatch(/"is nosy" failed; .* the variable MUSTER_SLOT is Muster's own/);
  expect(output).toMatch(/"meddles" failed; .* Cannot assign to read only property 'slot'/);
  expect(output).toContain(failed('leaves late', 'stopped() did not settle within 50 ms'));
});

it('a replacement goes on when what its extension says of the old worker is thrown or none', async () => {
  await using program = runProgram(fixture('replacing-extension.js'));
  expect(await program.exited).toEqual({ code: 0, signal: null });
  const output = program.output();
  expect(output.match(/^(?:refused|replaced|reloaded|stopped).*$/gm)).toEqual([
    'refused There is no slot 0. There is none yet.',
    'refused replace(slot, options) takes an object with a reason, and then or generation, and got undefined.',
    'refused reason of replace(): undefined is not a string.',
    'refused replace(): there is no option "thn". Did you mean "then"?',
    'refused then of replace(): "murder" is not one of "drain", "kill".',
    'refused generation of replace(): "1" is not a whole number of 1 or more.',
    'refused There is no slot 77. There are 0.',
    'replaced 2',
    'replaced 3',
    'reloaded 4',
    'stopped',
  ]);
  expect(output).toContain('"replaces" failed; supervision goes on: Error: then boom');
  expect(output).toContain('what then() of replace() returned: "xx" is not one of "drain", "kill"');
  expect(output).not.toContain('could not take');
});

describe('an extension that cannot be meant', () => {
  const named = (more: object) => [{ name: 'x', ...more }];

  it.each<[what: string, extensions: unknown, says: RegExp]>([
    ['no list', { name: 'x' }, /extensions takes a list, and got an object with name/],
    ['no object', ['x'], /extensions\[0\] takes an object with a name and methods, and got "x"/],
    ['no name', [{}], /extensions\[0\]\.name: undefined is not a string/],
    ['one name twice', [...named({}), ...named({})], /two are called "x"/],
    [
      'a method with another name',
      named({ workerExit() {} }),
      /extensions\[0\]: there is no option "workerExit"\. Did you mean "workerExited"\?/,
    ],
    [
      'a method that is none',
      named({ start: true }),
      /extensions\[0\]\.start: true is not a function/,
    ],
    ['a time that is none', named({ timeoutMs: '1s' }), /timeoutMs: "1s" is not a number of milli/],
  ])('is refused before anything is forked: %s', async (_what, extensions, says) => {
    const options = { worker: fixture('lean.js'), extensions } as ClusterOptions;
    await expect(startCluster(options)).rejects.toThrow(says);
  });

  it('may be an instance of a class, which has fields of its own', () => {
    const extension: ClusterExtension = new (class {
      readonly name = 'counts';
      crashes = 0;
      workerExited(): void {
        this.crashes += 1;
      }
    })();
    expect(extension.name).toBe('counts');
  });
});

describe('the suite for extensions', () => {
  const suite = (code: string) =>
    extensionConformance({
      module: new URL(
        `data:text/javascript,${encodeURIComponent(`export default () => (${code})`)}`,
      ),
      endsWithinMs: 500,
    });

  it('finds one that throws', async () => {
    const [first] = suite("{ name: 'x', workerExited() { throw new Error('no disk'); } }");
    await expect(first?.run()).rejects.toThrow(/no disk/);
  });

  it('finds one that keeps the process alive', async () => {
    const [first] = suite("{ name: 'x', start() { setInterval(() => {}, 1_000); } }");
    await expect(first?.run()).rejects.toThrow(/did not end once its cluster had stopped/);
  });
});
