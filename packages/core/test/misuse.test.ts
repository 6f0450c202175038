import cluster from 'node:cluster';
import { ClusterMisuseError, type ClusterOptions, startCluster } from '@muster/core';
import { afterEach, describe, expect, it } from 'vitest';

describe('misuse of startCluster', () => {
  afterEach(() => expect(Object.keys(cluster.workers ?? {})).toEqual([]));

  it.each<{ what: string; options: unknown; says: RegExp }>([
    { what: 'no worker code', options: {}, says: /takes a function, or options with `worker`/ },
    {
      what: 'a missing file',
      options: { worker: './no-such-file.js' },
      says: /no-such-file\.js does not exist/,
    },
    { what: 'no workers at all', options: { worker: () => {}, workers: 0 }, says: /workers: 0/ },
    { what: 'nothing', options: undefined, says: /a function, or options, and got undefined/ },
    { what: 'a path alone', options: './w.js', says: /options, and got "\.\/w\.js"/ },
    { what: 'a count as text', options: { worker: () => {}, workers: '2' }, says: /workers: "2"/ },
    { what: 'no group', options: { worker: () => {}, ready: null }, says: /ready takes an object/ },
    {
      what: 'a time that is none',
      options: { worker: () => {}, ready: { timeoutMs: -3e9 } },
      says: /ready\.timeoutMs: -3000000000/,
    },
    {
      what: 'an unknown rule',
      options: { worker: () => {}, ready: { when: 'sometimes' } },
      says: /"sometimes" is none of/,
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
      says: /"wokers"/,
    },
    {
      what: 'no role at all',
      options: { worker: () => {}, roles: {} },
      says: /roles: there is none/,
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
      says: /env\.PORT: 3000 is not a text/,
    },
    { what: 'one and a half', options: { worker: () => {}, workers: 1.5 }, says: /workers: 1.5/ },
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

  it('has a code of its own', async () => {
    const refused = startCluster({ worker: () => {}, workers: -1 });
    await expect(refused).rejects.toBeInstanceOf(ClusterMisuseError);
    await expect(refused).rejects.toMatchObject({ code: 'MUSTER_CLUSTER_MISUSE' });
  });
});
