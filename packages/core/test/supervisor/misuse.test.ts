import cluster from 'node:cluster';
import { type ClusterOptions, InvalidOptionError, startCluster } from '@muster/core';
import { afterEach, describe, expect, it } from 'vitest';
import { resolveRoles } from '../../dist/supervisor/options/role-options.js';

describe('misuse of startCluster', () => {
  afterEach(() => expect(Object.keys(cluster.workers ?? {})).toEqual([]));

  it.each<{ what: string; options: unknown; says: RegExp }>([
    { what: 'no worker code', options: {}, says: /takes a function, or options with `worker`/ },
    {
      what: 'a missing file',
      options: { worker: './no-such-file.js' },
      says: /no-such-file\.js does not exist/,
    },
    {
      what: 'a folder',
      options: { worker: new URL('.', import.meta.url) },
      says: /supervisor\/? is a folder\. Give the file in it/,
    },
    {
      what: 'more workers than a machine can have',
      options: { worker: () => {}, workers: 99_999_999 },
      says: /^workers: 99999999 is more than 1024/,
    },
    { what: 'no workers at all', options: { worker: () => {}, workers: 0 }, says: /workers: 0/ },
    {
      what: 'a store that workers cannot share',
      options: { worker: () => {}, store: { url: 'memory:' } },
      says: /^The store memory: is in the memory of one process/,
    },
    { what: 'nothing', options: undefined, says: /a function, or options, and got undefined/ },
    { what: 'a path alone', options: './w.js', says: /options, and got "\.\/w\.js"/ },
    { what: 'a count as text', options: { worker: () => {}, workers: '2' }, says: /workers: "2"/ },
    {
      what: 'null for a group',
      options: { worker: () => {}, ready: null },
      says: /^ready: null is no value\. Leave the option out/,
    },
    {
      what: 'null for a count',
      options: { worker: () => {}, workers: null },
      says: /^workers: null is no value/,
    },
    {
      what: 'null within a group',
      options: { worker: () => {}, restart: { giveUp: { maxCrashes: null } } },
      says: /^restart\.giveUp\.maxCrashes: null is no value/,
    },
    {
      what: 'null in a role',
      options: { worker: () => {}, roles: { web: { drain: { timeoutMs: null } } } },
      says: /^roles\.web\.drain\.timeoutMs: null is no value/,
    },
    {
      what: 'null for a logger',
      options: { worker: () => {}, logger: null },
      says: /^logger: null is no value/,
    },
    {
      what: 'no time to be ready',
      options: { worker: () => {}, ready: { timeoutMs: 0 } },
      says: /ready\.timeoutMs: 0 leaves a worker no time to be ready/,
    },
    {
      what: 'megabytes for bytes',
      options: { worker: () => {}, health: { maxRssBytes: 512 } },
      says: /health\.maxRssBytes: 512 .* in bytes; did you mean 512 \* 1024 \*\* 2\?/,
    },
    {
      what: 'seconds for milliseconds',
      options: { worker: () => {}, health: { hungAfterMs: 30 } },
      says: /health\.hungAfterMs: 30 ms .* did you mean 30 \* 1000\? .* 0 turns it off/,
    },
    {
      what: 'a shortest delay above the longest',
      options: { worker: () => {}, restart: { minDelayMs: 10, maxDelayMs: 9 } },
      says: /restart\.minDelayMs: 10 is longer than restart\.maxDelayMs, which is 9/,
    },
    {
      what: 'a pace that is longer than the drain',
      options: {
        drain: { paceMs: 300 },
        roles: { web: { worker: () => {}, drain: { timeoutMs: 200 } } },
      },
      says: /roles\.web\.drain\.paceMs: 300 is longer than roles\.web\.drain\.timeoutMs, which is 200/,
    },
    {
      what: 'a name of a cookie that none has',
      options: { worker: () => {}, sticky: { by: 'cookie', name: 'a;b' } },
      says: /sticky\.name: "a;b" is not the name of a cookie/,
    },
    {
      what: 'a cookie for an address',
      options: { worker: () => {}, sticky: { by: 'ip', name: 'sid' } },
      says: /sticky\.name is that of a cookie/,
    },
    { what: 'an empty path', options: { worker: '' }, says: /^worker: "" is not a path/ },
    {
      what: 'yes instead of true',
      options: { worker: () => {}, restart: { giveUp: 'yes' } },
      says: /restart\.giveUp takes true, false, or an object .* and got "yes"/,
    },
    {
      what: 'true for a rule',
      options: { worker: () => {}, ready: true },
      says: /^ready: true is not one of "auto", "listening"/,
    },
    ...[true, ''].map((control) => ({
      what: `${JSON.stringify(control)} for a socket`,
      options: { worker: () => {}, control },
      says: /^control takes the path of a socket, \{ name \}, or false for none, and got (true|"")\.$/,
    })),
    { what: 'a list of nothing', options: [], says: /a function, or options, and got \[\]\.$/ },
    {
      what: 'an object for a count',
      options: { worker: () => {}, workers: { web: 2 } },
      says: /workers: there is no option "web"\. There are min, max/,
    },
    {
      what: 'a map of roles',
      options: { worker: () => {}, args: new Map() },
      says: /^args takes a list of strings, and got an object of Map\.$/,
    },
    {
      what: 'a time that is none',
      options: { worker: () => {}, ready: { timeoutMs: -3e9 } },
      says: /ready\.timeoutMs: -3000000000/,
    },
    {
      what: 'an unknown rule',
      options: { worker: () => {}, ready: { when: 'sometimes' } },
      says: /"sometimes" is not one of/,
    },
    {
      what: 'a budget that is no number',
      options: { worker: () => {}, restart: { giveUp: { maxCrashes: 'x' } } },
      says: /giveUp\.maxCrashes: "x"/,
    },
    {
      what: 'half a logger',
      options: { worker: () => {}, logger: {} },
      says: /no function `info`/,
    },
    {
      what: 'a name that no option has',
      options: { worker: () => {}, wokers: 2 },
      says: /no option "wokers"\. Did you mean "workers"\?/,
    },
    {
      what: 'no role at all',
      options: { worker: () => {}, roles: {} },
      says: /roles: it has no role/,
    },
    {
      what: 'a role called primary',
      options: { worker: () => {}, roles: { primary: {} } },
      says: /"primary" cannot be/,
    },
    {
      what: 'a role without code',
      options: { roles: { web: { worker: () => {} }, jobs: {} } },
      says: /for roles\.jobs\.worker/,
    },
    {
      what: 'an option of the cluster in a role',
      options: { worker: () => {}, roles: { web: { store: {} } } },
      says: /roles\.web: there is no option "store"/,
    },
    {
      what: 'an unknown restart type',
      options: { worker: () => {}, roles: { web: { restart: { type: 'always' } } } },
      says: /roles\.web\.restart\.type: "always"/,
    },
    {
      what: 'a cookie without a name',
      options: { worker: () => {}, sticky: { by: 'cookie' } },
      says: /sticky\.name/,
    },
    {
      what: 'a port that there is not',
      options: { worker: () => {}, admin: { port: 70_000 } },
      says: /admin\.port: 70000/,
    },
    {
      what: 'a hook that is none',
      options: { worker: () => {}, hooks: { beforeFork: 'x' } },
      says: /hooks\.beforeFork: "x" is not a function/,
    },
    {
      what: 'a variable that is no text',
      options: { worker: () => {}, env: { PORT: 3000 } },
      says: /env\.PORT: 3000 is not a string/,
    },
    { what: 'one and a half', options: { worker: () => {}, workers: 1.5 }, says: /workers: 1.5/ },
    {
      what: 'a least number above the largest',
      options: { worker: () => {}, workers: { min: 5, max: 4 } },
      says: /workers\.min: 5 is more than workers\.max, which is 4/,
    },
    {
      what: 'a range down to none',
      options: { worker: () => {}, workers: { min: 0, max: 4 } },
      says: /workers\.min: 0 is not a whole number of 1 or more/,
    },
    {
      what: 'a range without an end',
      options: { worker: () => {}, workers: { min: 1 } },
      says: /workers\.max: undefined is not a whole number/,
    },
    {
      what: 'a range that is auto at both ends',
      options: { worker: () => {}, workers: { min: 'auto', max: 'auto' } },
      says: /workers\.min: "auto" is for max/,
    },
    {
      what: 'another name for an end of a range',
      options: { worker: () => {}, workers: { min: 1, maximum: 4 } },
      says: /workers: there is no option "maximum"\. Did you mean/,
    },
    {
      what: 'percent for a share',
      options: { worker: () => {}, workers: { min: 1, max: 4, upAt: 70 } },
      says: /workers\.upAt: 70 is not a share of the time, such as 0\.7/,
    },
    {
      what: 'a way down above the way up',
      options: { worker: () => {}, workers: { min: 1, max: 4, upAt: 0.4, downAt: 0.5 } },
      says: /workers\.upAt: 0\.4 has to be above downAt, which is 0\.5/,
    },
    {
      what: 'seconds for milliseconds of a load',
      options: { worker: () => {}, workers: { min: 1, max: 4, upAfterMs: 10 } },
      says: /workers\.upAfterMs: 10 ms is too short .* 250 is the least/,
    },
    {
      what: 'down faster than up',
      options: { worker: () => {}, workers: { min: 1, max: 4, upAfterMs: 900, downAfterMs: 800 } },
      says: /workers\.upAfterMs: 900 is longer than workers\.downAfterMs/,
    },
    {
      what: 'no end at all',
      options: { worker: () => {}, workers: { min: 1, max: null } },
      says: /workers\.max: null is no value/,
    },
    {
      what: 'a list for a range',
      options: { worker: () => {}, workers: [1, 4] },
      says: /workers: a list of 2 is not a whole number above 0\. Give one, "auto" .* or \{ min, max \}/,
    },
    {
      what: 'a range for workers that end by themselves',
      options: {
        worker: () => {},
        restart: { type: 'transient' },
        roles: { jobs: { workers: { min: 1, max: 2 } } },
      },
      says: /roles\.jobs\.workers: a range follows the load, and goes with restart\.type: "permanent"/,
    },
    {
      what: 'an order of the start that there is not',
      options: { worker: () => {}, start: 'first' as never },
      says: /start: "first" is not one of "all", "one-first"/,
    },
    {
      what: 'a negative time',
      options: { worker: () => {}, drain: { timeoutMs: -1 } },
      says: /drain\.timeoutMs: -1/,
    },
    {
      what: 'a signal instead of whether there is one',
      options: { worker: () => {}, drain: { signal: 'no' as never } },
      says: /drain\.signal: "no" is neither/,
    },
    {
      what: 'a negative pace',
      options: { worker: () => {}, drain: { paceMs: -1 } },
      says: /drain\.paceMs: -1/,
    },
    {
      what: 'a store that is a client',
      options: { worker: () => {}, store: { redis: {} } },
      says: /store: give a `url`/,
    },
    {
      what: 'a store that no engine knows',
      options: { worker: () => {}, store: { url: 'mysql://localhost' } },
      says: /names no engine/,
    },
  ])('is refused before anything is forked: $what', async ({ options, says }) => {
    await expect(startCluster(options as ClusterOptions)).rejects.toThrow(says);
  });

  it.each([
    { given: { drain: { timeoutMs: 300 } }, drainPaceMs: 300, drainTimeoutMs: 300 },
    { given: { drain: { paceMs: 40_000 } }, drainPaceMs: 40_000, drainTimeoutMs: 40_000 },
    { given: { restart: { minDelayMs: 10_000 } }, restart: { minDelayMs: 1e4, maxDelayMs: 1e4 } },
    { given: { restart: { maxDelayMs: 50 } }, restart: { minDelayMs: 50, maxDelayMs: 50 } },
    {
      given: { workers: { min: 2, max: 4 } },
      workers: 2,
      range: { upAt: 0.7, downAt: 0.4, upAfterMs: 10_000, downAfterMs: 120_000 },
    },
    { given: { workers: { min: 1, max: 4, downAt: 0.8 } }, range: { upAt: 0.9, downAt: 0.8 } },
    { given: { workers: { min: 1, max: 4, upAt: 0.5 } }, range: { upAt: 0.5, downAt: 0.3 } },
    {
      given: { workers: { min: 1, max: 4, downAfterMs: 500 } },
      range: { upAfterMs: 500, downAfterMs: 500 },
    },
    { given: { workers: { min: 999, max: 'auto' as const } }, range: { min: 999, max: 999 } },
    { given: { restart: { giveUp: true } }, restart: { giveUp: { maxCrashes: 10 } } },
    { given: { health: { hungAfterMs: Number.POSITIVE_INFINITY } }, health: { maxRssBytes: 0 } },
  ])('a default gives way to what was given: $given', ({ given, ...becomes }) => {
    expect(resolveRoles({ worker: () => {}, ...given })).toMatchObject([becomes]);
  });

  it('says everything that is wrong at once, each fault once', async () => {
    const wrong = {
      ...{ worker: './no-such-file.js', workers: 0, wokers: 2, logz: 'prefix', ready: null },
      ...{ drain: { timeoutMS: 5, paceMs: -1 }, env: { A: 1, B: 2 }, hooks: { onExit: 1 } },
      ...{ roles: { web: { children: 'eat' }, jobs: { store: {} }, primary: [] } },
      ...{ admin: { port: 70_000, readyQuorum: 2 }, sticky: { by: 'ip', trustedProxies: ['x'] } },
      ...{ extensions: [{ start: 1 }, null], reload: { paralell: 1 } },
    };
    const refused = startCluster(wrong as unknown as ClusterOptions);
    const message = await refused.catch((error: Error) => error.message);
    const [head, ...faults] = String(message).split('\n');
    expect(head).toBe(`${faults.length} options cannot work:`);
    const of = (fault: string) =>
      fault.trim().split(/(?<=no option "\w+")|: (?!there)| takes | \S+no-such/)[0];
    expect(faults.map(of)).toMatchInlineSnapshot(`
      [
        "ready",
        "startCluster(): there is no option "wokers"",
        "startCluster(): there is no option "logz"",
        "workers",
        "The worker file",
        "env.A",
        "env.B",
        "drain: there is no option "timeoutMS"",
        "drain.paceMs",
        "roles.web.children",
        "roles.jobs: there is no option "store"",
        "roles",
        "roles.primary",
        "reload: there is no option "paralell"",
        "admin.port",
        "admin.readyQuorum",
        "sticky.trustedProxies",
        "hooks: there is no option "onExit"",
        "extensions[0].name",
        "extensions[0].start",
        "extensions[1]",
      ]
    `);
  });

  it('does not take options beside a function', async () => {
    const call = startCluster as (...given: unknown[]) => Promise<unknown>;
    const refused = call(() => {}, { workers: 1 });
    await expect(refused).rejects.toMatchObject({ code: 'MUSTER_INVALID_OPTION' });
    await expect(refused).rejects.toThrow('takes one argument');
  });

  it('is refused with the one class that all packages have for it', async () => {
    const refused = startCluster({ worker: () => {}, workers: -1 });
    await expect(refused).rejects.toBeInstanceOf(InvalidOptionError);
    await expect(refused).rejects.toMatchObject({ code: 'MUSTER_INVALID_OPTION' });
    const packages = ['codec', 'bus', 'store', 'queue', 'core'].map(
      (name) => import(`@muster/${name}`),
    );
    for (const exported of await Promise.all(packages)) {
      expect(exported.InvalidOptionError).toBe(InvalidOptionError);
    }
  });
});
