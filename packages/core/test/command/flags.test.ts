import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../../../test/support/command-lines.js';
import { createDeployment } from '../../../../test/support/deployment.js';
import { FLAGS } from '../../dist/command/start/flags.js';
import type { OptionPath } from '../../dist/command/start/option-paths.js';
import { optionsOf } from '../../dist/command/start/start-command.js';

type Flag = (typeof FLAGS)[number];
type Sets<One> = One extends { sets: infer Path }
  ? Path extends readonly unknown[]
    ? Path[number]
    : Path
  : never;
type Carries<One> = One extends { carries: readonly (infer Path)[] } ? Path : never;

/**
 * An option that is in neither does not compile here: give it a flag in flags.ts, or say why it has none.
 */
const ONLY_IN_CODE = {
  worker: 'it is the argument <file>',
  args: 'they follow --',
  execArgv: 'NODE_OPTIONS has them',
  roles: 'several programs are more than a command line holds',
  hooks: 'they are functions',
  extensions: 'they are objects with functions',
  'admin.readyQuorum': 'few need another one',
} satisfies Record<Exclude<OptionPath, Sets<Flag> | Carries<Flag>>, string>;

describe('the table of flags', () => {
  it('carries no option that is said to be only in code, and none twice', () => {
    const paths = FLAGS.flatMap((flag) => [
      ...('sets' in flag ? [flag.sets].flat() : []),
      ...('carries' in flag ? flag.carries : []),
    ]) as string[];
    expect(paths.filter((path) => path in ONLY_IN_CODE)).toEqual([]);
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('becomes the options of startCluster()', () => {
    const given = {
      ...{ start: 'one-first' },
      ...{
        workers: 3,
        ready: 'listening',
        readyTimeout: 1_000,
        drainTimeout: 2_000,
        drainPace: 500,
      },
      ...{ maxMemory: 4, maxAge: 5, hungAfter: 0, parallel: 6, watchMs: 7 },
      ...{
        restart: 'transient',
        restartMinDelay: 8,
        restartMaxDelay: 9,
        restartStable: 10,
        giveUp: true,
      },
      ...{ sticky: { by: 'cookie', name: 'sid' }, trustedProxies: ['::1'], admin: { port: 9 } },
      ...{ console: true, prefixLogs: true, jsonLogs: true, watch: true, name: 'x' },
    };
    expect(optionsOf(given)).toEqual({
      start: 'one-first',
      workers: 3,
      ready: { when: 'listening', timeoutMs: 1_000 },
      drain: { timeoutMs: 2_000, paceMs: 500 },
      restart: { type: 'transient', minDelayMs: 8, maxDelayMs: 9, stableMs: 10, giveUp: true },
      health: { maxRssBytes: 4, maxAgeMs: 5, hungAfterMs: 0 },
      reload: { parallel: 6, watchMs: 7 },
      sticky: { by: 'cookie', name: 'sid', trustedProxies: ['::1'] },
      admin: { port: 9, console: true },
      logs: { prefix: true },
    });
    expect(optionsOf({})).toEqual({});
  });
});

describe('a flag of muster start', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      '--max-memory 512',
      /'--max-memory <bytes>' argument '512' is invalid\. Give bytes .* Did you mean 512MB\?/,
    ],
    [
      '--max-memory lots',
      /argument 'lots' is invalid\. Give bytes with their unit, such as 512MB or 1GiB\.$/m,
    ],
    ['--max-memry 1GB', /unknown option '--max-memry'\n\(Did you mean --max-memory\?\)/],
    [
      '--max-age 10',
      /'--max-age <duration>' argument '10' is invalid\. Give a duration with its unit/,
    ],
    ['--hung-after soon', /'--hung-after <duration>' argument 'soon' is invalid/],
    ['--parallel 0', /'--parallel <count>' argument '0' is invalid\. Give a whole number above 0/],
    ['--watch-ms 1y', /'--watch-ms <duration>' argument '1y' is invalid/],
    ['--sticky cookie', /'--sticky <by>' argument 'cookie' is invalid\. Give "ip", or "cookie:"/],
    [
      '--sticky ip --trusted-proxies 10.0.0.0/99',
      /'10\.0\.0\.0\/99' is invalid\. Give addresses or networks/,
    ],
    ['--admin-hosts a', /--admin-hosts needs --admin/],
    ['--admin 0 --admin-hosts a:1', /names without a port/],
    ['--trusted-proxies ::1', /--trusted-proxies needs --sticky/],
    ['--watch-ignore data', /--watch-ignore needs --watch/],
    ['--log-max-files 3', /logs\.maxFiles: there is no file without logs\.dir/],
    [
      '--restart always',
      /'always' is invalid\. Allowed choices are permanent, transient, temporary/,
    ],
    ['--env-file', /'--env-file <file>' argument missing/],
    ['--cwd nowhere', /cwd: there is no folder \S+\/nowhere\./],
  ];
  let answers: Answer[] = [];

  beforeAll(async () => {
    await using deployment = await createDeployment();
    const lines = cases.map(([line]) => ['start', 'server.cjs', ...line.split(' ')]);
    answers = await deployment.musterLines([...lines, ['start', '--help']]);
  });

  it.each(cases)('that is not understood says so, and exits with 2: %s', (line, says) => {
    const answer = answers[cases.findIndex((one) => one[0] === line)];
    expect(answer).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(says) });
    expect(answer?.stderr).not.toMatch(/^ {4}at /m);
  });

  it('is shown by --help, in its group', () => {
    const shown = answers.at(-1)?.stdout.split('\n');
    for (const group of new Set(FLAGS.map((flag) => flag.group))) {
      expect(shown?.filter((line) => line === group)).toHaveLength(1);
    }
  });
});
