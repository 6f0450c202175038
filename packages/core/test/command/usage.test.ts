// What the command says and how it exits where it is not understood, where no cluster runs, and where it is asked for help.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../../../test/support/command-lines.js';
import { createDeployment } from '../../../../test/support/deployment.js';

const deployment = await createDeployment();
afterAll(() => deployment[Symbol.asyncDispose]());

/** What each of these lines comes to, for the tests of a block. */
function answersTo(lines: readonly (readonly string[])[]) {
  const asked = lines.map((line) => line.join(' '));
  let answers: Answer[] = [];
  beforeAll(async () => {
    answers = await deployment.musterLines(lines);
  });
  return (...line: readonly string[]) => answers[asked.indexOf(line.join(' '))];
}

describe('the muster command, asked in a way that it does not understand', () => {
  const cases = [
    { args: [], says: /^Usage: muster/ },
    { args: ['relod'], says: /unknown command 'relod'\n\(Did you mean reload\?\)/ },
    { args: ['status', '--jsn'], says: /unknown option '--jsn'\n\(Did you mean --json\?\)/ },
    { args: ['start'], says: /Which server\? Give its file: muster start server\.js\./ },
    {
      args: ['start', 'server.cjs', '--port', '1'],
      says: /Options of the server itself go after --/,
    },
    { args: ['start', 'nowhere.js'], says: /There is no file \S+\/nowhere\.js\./ },
    { args: ['start', '.'], says: /\/app is a folder, and it has no main module\./ },
    { args: ['start', 'server.cjs', '--give-up', '5'], says: /"5" belongs to no option/ },
    { args: ['start', '--watch', 'server.cjs', 'x'], says: /"x" belongs to no option/ },
    {
      args: ['start', 'server.cjs', 'other.js', '--', '--port', '3000'],
      says: /"other\.js" belongs to no option, .* go after --: muster start/,
    },
    { args: ['start', 'server.cjs', '--ready-timeout', '0s'], says: /0 leaves a worker no time/ },
    {
      args: [
        ...['start', 'server.cjs', '--restart-min-delay', '10s'],
        ...['--restart-max-delay', '1s'],
      ],
      says: /restart\.minDelayMs: 10000 is longer than restart\.maxDelayMs, which is 1000/,
    },
    { args: ['start', 'server.cjs', '-w', '0'], says: /Give a whole number above 0/ },
    {
      args: ['start', 'server.cjs', '--ready', 'soon'],
      says: /Allowed choices are auto, listening/,
    },
    { args: ['start', 'server.cjs', '--drain-timeout', '1y'], says: /such as 30s, 500ms or 2m/ },
    { args: ['start', 'server.cjs', '--admin', '99999'], says: /Give a port/ },
    { args: ['start', 'server.cjs', '--name', '../x'], says: /Give 1 to 40 letters/ },
    { args: ['scale', 'many'], says: /"many" is not a number of workers/ },
    { args: ['scale', 'web=2', 'web=3'], says: /The role web is given twice/ },
    { args: ['scale', 'web=99999999'], says: /"web=99999999": at most 1024 workers/ },
    { args: ['scale', '2', 'web=3'], says: /Give one number, or role=number/ },
    { args: ['profile', '0', '--for', '10'], says: /such as 30s, 500ms or 2m/ },
    { args: ['heap'], says: /missing required argument 'slot'/ },
    { args: ['restart', 'first'], says: /Give the number of a slot/ },
    { args: ['status', '-n', 'a', '-s', '/b'], says: /cannot be used with/ },
  ];
  const answer = answersTo(cases.map(({ args }) => args));

  it.each(cases)('says what is wrong with $args, and exits with 2', ({ args, says }) => {
    expect(answer(...args)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(says) });
    expect(answer(...args)?.stderr).not.toMatch(/^ {4}at /m);
  });
});

describe('the muster command, where no cluster runs', () => {
  const lines = [['status'], ['top'], ['reload'], ['scale', '2'], ['restart', '0'], ['stop']];
  const named = ['--name', 'shop'];
  const answer = answersTo([...lines, ...lines.map((line) => [...line, ...named]), ['ls']]);

  it.each(lines)('exits with 3: %s %s', (...line) => {
    expect(answer(...line)).toEqual({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(
        /^muster: No cluster is running\. Looked in \S+run\/muster-\d+; `muster start <file>`/,
      ),
    });
    expect(answer(...line, ...named)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/called shop is running/),
    });
  });

  it('lists none', () => {
    expect(answer('ls')).toEqual({
      code: 0,
      stdout: 'No cluster is running. `muster start <file>` starts one.\n',
      stderr: '',
    });
  });
});

describe('the muster command, asked for help', () => {
  const commands =
    'start status describe top logs profile heap reload scale restart stop list'.split(' ');
  const versions = ['-v', '-V', '--version'];
  const answer = answersTo([
    ...[['--help'], ['help', 'scale']],
    ...commands.map((command) => [command, '--help']),
    ...versions.map((flag) => [flag]),
  ]);

  it('helps on stdout', () => {
    expect(answer('--help')).toMatchObject({ code: 0, stderr: '' });
    for (const command of commands) {
      expect(answer('--help')?.stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
      expect(answer(command, '--help')).toEqual({
        code: 0,
        stderr: '',
        stdout: expect.stringContaining(`muster ${command}`),
      });
    }
    const ofScale = { code: 0, stdout: expect.stringMatching(/^Usage: muster scale/) };
    expect(answer('help', 'scale')).toMatchObject(ofScale);
  });

  it.each(versions)('says its version: %s', (flag) => {
    const stdout = expect.stringMatching(/^\d+\.\d+\.\d+\n$/);
    expect(answer(flag)).toEqual({ code: 0, stderr: '', stdout });
  });
});
