// An option that is `undefined` is not given, in the types too: `{ workers: inTest ? 1 : undefined }` is honest code.
import type { ClusterOptions, RoleOptions } from '@muster/core';
import { expect, test } from 'vitest';
import { resolveOptions } from '../../dist/supervisor/options/options.js';

const worker = () => {};

/** Each group without a value for any of its options. */
const groups = {
  ready: { when: undefined, timeoutMs: undefined, settleMs: undefined },
  drain: { timeoutMs: undefined, signal: undefined, paceMs: undefined },
  restart: {
    type: undefined,
    minDelayMs: undefined,
    maxDelayMs: undefined,
    stableMs: undefined,
    giveUp: undefined,
  },
  health: { hungAfterMs: undefined, maxRssBytes: undefined, maxAgeMs: undefined },
} satisfies RoleOptions;

const ofRoles = { workers: undefined, cwd: undefined, env: undefined, args: undefined };

test('it has its default', () => {
  const given: ClusterOptions = {
    ...ofRoles,
    ...groups,
    worker,
    roles: undefined,
    execArgv: undefined,
    children: undefined,
    store: undefined,
    machines: undefined,
    reload: { watchMs: undefined, parallel: undefined },
    admin: { port: 0, host: undefined, readyQuorum: undefined, console: undefined },
    control: undefined,
    sticky: undefined,
    start: undefined,
    logs: { keep: undefined, dir: undefined, maxBytes: undefined },
    logger: undefined,
    hooks: undefined,
    extensions: undefined,
  };
  const same = { worker, admin: { port: 0 }, logs: {} };
  expect(JSON.stringify(resolveOptions(given))).toBe(JSON.stringify(resolveOptions(same)));
});

test('in a role it is that of the cluster', () => {
  const cluster: ClusterOptions = {
    worker,
    ready: { timeoutMs: 1_001 },
    drain: { timeoutMs: 1_002 },
    restart: { maxDelayMs: 1_003 },
    health: { maxAgeMs: 1_004 },
  };
  const [web] = resolveOptions({ ...cluster, roles: { web: { ...ofRoles, ...groups } } }).roles;
  const [same] = resolveOptions({ ...cluster, roles: { web: {} } }).roles;
  expect(JSON.stringify(web)).toBe(JSON.stringify(same));
  expect(web).toMatchObject({ ready: { timeoutMs: 1_001 }, health: { maxAgeMs: 1_004 } });
});
