// The cases of the conformance suite. Each runs on a cluster of its own.

import assert from 'node:assert/strict';
import type { Target } from '../bus.js';
import type { Actions } from './actions.js';
import {
  type Case,
  type CaseCluster,
  eventually,
  payloads,
  type SuiteCase,
  settledOne,
} from './case.js';
import { edges } from './edges.js';

const everyone = ['primary', 0, 1, 2] as const;

/** All that was sent before by any of these has arrived where it was to: their answers have come the same way. */
async function settled(cluster: CaseCluster): Promise<void> {
  for (const to of everyone) {
    for (const from of everyone) {
      if (from !== to) await cluster.run(from, 'request', { to, call: 'nothing', payload: null });
    }
  }
}

const cases: readonly Case[] = [
  {
    name: 'a broadcast reaches those that its target names, once, and its sender only with self',
    workers: 3,
    async run(cluster) {
      for (const member of everyone) await cluster.run(member, 'listen', { pattern: 'said' });
      await settled(cluster);
      const say = (from: 0 | 'primary', payload: string, options: object) =>
        cluster.run(from, 'broadcast', { topic: 'said', payload, options });
      await say(0, 'all', {});
      await say(0, 'all and self', { self: true });
      await say(0, 'slot 1', { to: 1 });
      await say(0, 'slots', { to: [1, 2, 7] });
      await say(0, 'primary', { to: 'primary' });
      await say('primary', 'role', { to: 'worker' });
      await say(0, 'own slot', { to: 0 });
      await settled(cluster);
      const heard = async (member: number | 'primary') =>
        payloads(await cluster.run(member, 'heard'));
      assert.deepEqual(await heard(0), ['all and self', 'role']);
      assert.deepEqual((await heard(1)).sort(), ['all', 'all and self', 'role', 'slot 1', 'slots']);
      assert.deepEqual((await heard(2)).sort(), ['all', 'all and self', 'role', 'slots']);
      assert.deepEqual(await heard('primary'), ['all', 'all and self', 'primary']);
      for (const { payload, from } of await cluster.run(1, 'heard')) {
        assert.equal(from, payload === 'role' ? 'primary:1' : '0:1');
      }
    },
  },
  {
    name: 'patterns hear what they mean',
    workers: 1,
    async run(cluster) {
      await cluster.run('primary', 'listen', { pattern: 'z' });
      for (const pattern of ['a.*', 'a.**', '**.c']) await cluster.run(0, 'listen', { pattern });
      await settledOne(cluster);
      for (const topic of ['a', 'a.b', 'a.b.c', 'b.c', 'b', 'c.b']) {
        await cluster.run('primary', 'broadcast', { topic, payload: null });
      }
      await settledOne(cluster);
      const heard = await cluster.run(0, 'heard');
      assert.deepEqual(heard.map((one) => one.topic).sort(), [
        'a',
        'a.b',
        'a.b',
        'a.b.c',
        'a.b.c',
        'b.c',
      ]);
      await cluster.run(0, 'unlisten', { pattern: 'a.**' });
      await settledOne(cluster);
      await cluster.run('primary', 'broadcast', { topic: 'a.b', payload: null });
      await settledOne(cluster);
      assert.equal((await cluster.run(0, 'heard')).length, heard.length + 1);
    },
  },
  {
    name: 'what is sent before the first listener waits for it',
    workers: 1,
    async run(cluster) {
      await cluster.run('primary', 'broadcast', { topic: 'early', payload: null, times: 1_000 });
      await cluster.run(0, 'listen', { pattern: 'early' });
      await eventually(async () => {
        const heard = payloads(await cluster.run(0, 'heard'));
        assert.deepEqual(
          heard,
          Array.from({ length: 1_000 }, (_, i) => i),
        );
      });
    },
  },
  {
    name: 'broadcasts, requests and long messages of one sender come in the order in which they were sent',
    workers: 2,
    async run(cluster) {
      const rounds = 50;
      for (const member of [0, 1] as const) {
        await cluster.run(member, 'listen', { pattern: 'mixed' });
        await cluster.run(member, 'handle', { call: 'mixed', how: 'echo' });
      }
      await Promise.all([
        cluster.run(0, 'mixed', { to: 1, rounds }),
        cluster.run('primary', 'mixed', { to: 1, rounds }),
      ]);
      for (const from of ['0:1', 'primary:1']) {
        const isLong = (payload: unknown) =>
          typeof payload === 'string' && payload.length === 300_000;
        await eventually(async () => {
          const heard = (await cluster.run(1, 'heard')).filter((one) => one.from === from);
          assert.deepEqual(
            payloads(heard).map((payload, i) => (isLong(payload) && i % 30 === 2 ? i : payload)),
            Array.from({ length: 3 * rounds }, (_, i) => i),
          );
        });
      }
    },
  },
  {
    name: 'a request gives the reply, or what became of it',
    workers: 2,
    async run(cluster) {
      for (const how of ['echo', 'throw', 'never'] as const) {
        await cluster.run(1, 'handle', { call: how, how });
      }
      const ask = (
        from: 0 | 'primary',
        input: Omit<Parameters<Actions['request']>[0], 'payload'>,
      ) => cluster.run(from, 'request', { payload: { n: 1 }, ...input });
      for (const from of [0, 'primary'] as const) {
        assert.deepEqual(await ask(from, { to: 1, call: 'echo' }), {
          value: { by: '1:1', payload: { n: 1 } },
        });
        const thrown = await ask(from, { to: 1, call: 'throw' });
        assert.equal(thrown.code, 'MUSTER_REMOTE_ERROR');
        assert.equal(thrown.message, 'on purpose');
        assert.equal(thrown.remoteCode, 'E_PURPOSE');
        assert.equal((await ask(from, { to: 1, call: 'nothing' })).code, 'MUSTER_NO_HANDLER');
        assert.equal((await ask(from, { to: 9, call: 'echo' })).code, 'MUSTER_WORKER_GONE');
        assert.equal(
          (await ask(from, { to: 1, call: 'never', timeoutMs: 20 })).code,
          'MUSTER_REQUEST_TIMEOUT',
        );
        const aborted = await ask(from, { to: 1, call: 'never', abortAfterMs: 20 });
        assert.match(String(aborted.message), /abort|timeout/i);
      }
      await eventually(async () => assert.equal(await cluster.run(1, 'aborted'), 4));
    },
  },
  {
    name: 'gather gives what it got, and why it got no more',
    workers: 3,
    async run(cluster) {
      await cluster.run(0, 'handle', { call: 'ask', how: 'echo' });
      await cluster.run(1, 'handle', { call: 'ask', how: 'never' });
      await cluster.run(2, 'handle', { call: 'ask', how: 'never' });
      const gather = async (to: Target, timeoutMs: number) => {
        const input = { to, call: 'ask', payload: 1, timeoutMs };
        const { ok, failed } = await cluster.run(0, 'gather', input);
        return { ok, failed: Object.fromEntries(failed as [string, string][]) };
      };
      const ok = [['0:1', { by: '0:1', payload: 1 }]];
      const gathering = gather([0, 2, 9], 60_000);
      await cluster.run(0, 'request', { to: 2, call: 'nothing', payload: null });
      await cluster.kill(2);
      const gone = { 9: 'MUSTER_WORKER_GONE', '2:1': 'MUSTER_WORKER_GONE' };
      assert.deepEqual(await gathering, { ok, failed: gone });
      // As long as the one that answers needs, on a busy machine.
      let timeoutMs = 50;
      await eventually(async () => {
        timeoutMs *= 2;
        const failed = { 9: 'MUSTER_WORKER_GONE', '1:1': 'MUSTER_REQUEST_TIMEOUT' };
        assert.deepEqual(await gather(['worker', 9], timeoutMs), { ok, failed });
      });
    },
  },
  {
    name: 'a member that dies settles what it was asked, and is no member any longer',
    workers: 2,
    async run(cluster) {
      await cluster.run(1, 'handle', { call: 'never', how: 'never' });
      await cluster.run('primary', 'request', { to: 1, call: 'nothing', payload: null });
      const all = ['0:1', '1:1', 'primary:1'];
      await eventually(async () => {
        assert.deepEqual((await cluster.run(0, 'members')).sort(), all);
      });
      const ask = { to: 1, call: 'never', payload: null, timeoutMs: 60_000 };
      const asked = [cluster.run(0, 'request', ask), cluster.run('primary', 'request', ask)];
      // Answered in order: what was asked before is with the worker now.
      for (const from of [0, 'primary'] as const) {
        await cluster.run(from, 'request', { to: 1, call: 'nothing', payload: null });
      }
      await cluster.kill(1);
      for (const { code } of await Promise.all(asked)) assert.equal(code, 'MUSTER_WORKER_GONE');
      for (const member of [0, 'primary'] as const) {
        await eventually(async () => {
          assert.deepEqual((await cluster.run(member, 'members')).sort(), ['0:1', 'primary:1']);
        });
      }
    },
  },
  {
    name: 'a retained value reaches who listens later, once, before any newer one',
    workers: 2,
    async run(cluster) {
      const retain = (payload: unknown) =>
        cluster.run(0, 'broadcast', { topic: 'kept', payload, options: { retain: true } });
      // It answers at once that it has no handler.
      await cluster.run('primary', 'listen', { pattern: 'nothing' });
      await retain('older');
      await retain('old');
      await cluster.run(0, 'request', { to: 'primary', call: 'nothing', payload: null });
      await cluster.run(1, 'listen', { pattern: 'kept' });
      await eventually(async () =>
        assert.deepEqual(payloads(await cluster.run(1, 'heard')), ['old']),
      );
      await retain('new');
      await eventually(async () => {
        assert.deepEqual(payloads(await cluster.run(1, 'heard')), ['old', 'new']);
      });
      await cluster.run(1, 'listen', { pattern: '*' });
      await eventually(async () => {
        assert.deepEqual(payloads(await cluster.run(1, 'heard')), ['old', 'new', 'new']);
      });
    },
  },
  {
    name: 'once gives the next message, and flush all that was sent',
    workers: 1,
    async run(cluster) {
      const next = cluster.run('primary', 'once', { topic: 'next' });
      await cluster.run(0, 'broadcast', { topic: 'next', payload: 1 });
      await cluster.run(0, 'broadcast', { topic: 'next', payload: 2 });
      await cluster.run(0, 'flush');
      assert.equal(await next, 1);
    },
  },
  ...edges,
];

export const busSuite: readonly SuiteCase[] = cases;
