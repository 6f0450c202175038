// Cases at the edges of what the bus promises: each of them broke once.

import assert from 'node:assert/strict';
import { type Case, eventually, payloads, settledOne } from './case.js';

const LONG = 'x'.repeat(1024 * 1024);

export const edges: readonly Case[] = [
  {
    name: 'many listeners of one turn hear a long retained value once each, and then what follows',
    workers: 1,
    async run(cluster) {
      const options = { retain: true };
      await cluster.run('primary', 'broadcast', { topic: 'config', payload: LONG, options });
      await cluster.run(0, 'listenMany', { pattern: 'config', times: 17 });
      for (const payload of ['short', `${LONG}!`]) {
        await cluster.run('primary', 'broadcast', { topic: 'config', payload });
      }
      const lengths = [LONG.length, 'short'.length, LONG.length + 1];
      const expected = lengths.flatMap((length) => Array.from({ length: 17 }, () => length));
      await eventually(async () => {
        assert.deepEqual(await cluster.run(0, 'lengths'), expected);
      });
    },
  },
  {
    name: 'what one sender retains comes in order with all else, however long',
    workers: 2,
    async run(cluster) {
      await cluster.run(1, 'subscribe', { pattern: '**' });
      const send = (topic: string, payload: unknown, retain: boolean) =>
        cluster.run(0, 'broadcast', { topic, payload, options: { retain } });
      await send('a', LONG, true);
      await send('a', 'after', false);
      await send('b', 'retained', true);
      await send('a', 'newer', true);
      const expected = [LONG, 'after', 'retained', 'newer'];
      await eventually(async () => {
        assert.deepEqual(payloads(await cluster.run(1, 'heard')), expected);
      });
    },
  },
  {
    name: 'a retained value is deleted, and has its time',
    workers: 1,
    async run(cluster) {
      const retain = (topic: string, ttlMs?: number) =>
        cluster.run('primary', 'broadcast', {
          topic,
          payload: topic,
          options: ttlMs === undefined ? { retain: true } : { retain: true, ttlMs },
        });
      // It answers at once that it has no handler.
      await cluster.run('primary', 'listen', { pattern: 'nothing' });
      await retain('gone');
      await retain('brief', 1);
      await retain('kept', 60_000);
      await cluster.run('primary', 'deleteRetained', { topic: 'gone' });
      // What was sent before it has come, too: its time has begun.
      await cluster.run(0, 'subscribe', { pattern: 'kept' });
      const heard = async () => payloads(await cluster.run(0, 'heard'));
      await eventually(async () => assert.deepEqual(await heard(), ['kept']));
      await new Promise((resolve) => setTimeout(resolve, 5));
      await cluster.run(0, 'subscribe', { pattern: '*' });
      await settledOne(cluster);
      assert.deepEqual(await heard(), ['kept', 'kept']);
    },
  },
  {
    name: 'what is sent after a subscription is known reaches it, and except leaves members out',
    workers: 2,
    async run(cluster) {
      for (const member of [0, 1, 'primary'] as const) {
        await cluster.run(member, 'subscribe', { pattern: 'said' });
      }
      const say = (payload: string, options: object) =>
        cluster.run(0, 'broadcast', { topic: 'said', payload, options });
      await say('not 1', { except: 1 });
      await say('not me', { except: [0, 'primary'], self: true });
      await say('of the workers not 1', { to: 'worker', except: 1, self: true });
      await say('all', { self: true });
      const expected = new Map([
        [0, ['of the workers not 1', 'all']],
        [1, ['not me', 'all']],
        ['primary', ['not 1', 'all']],
      ] as [number | 'primary', string[]][]);
      for (const [member, said] of expected) {
        await eventually(async () =>
          assert.deepEqual(payloads(await cluster.run(member, 'heard')), said),
        );
      }
    },
  },
  {
    name: 'a request to one that does not listen yet waits for its handler, and says so where none comes',
    workers: 2,
    async run(cluster) {
      const ask = (call: string, timeoutMs: number) =>
        cluster.run(0, 'request', { to: 1, call, payload: 1, timeoutMs });
      await eventually(async () => {
        assert.ok((await cluster.run(0, 'members')).includes('1:1'));
      });
      const none = await ask('never', 30);
      assert.equal(none.code, 'MUSTER_NO_HANDLER');
      assert.match(String(none.message), /No handler in the worker in slot 1 .* so far/);
      const answer = ask('echo', 60_000);
      await cluster.run(1, 'handle', { call: 'echo', how: 'echo' });
      await cluster.run(1, 'handle', { call: 'never', how: 'never' });
      assert.deepEqual((await answer).value, { by: '1:1', payload: 1 });
      assert.match(String((await ask('nothing', 60_000)).message), /No handler for 'nothing'/);
      assert.equal((await ask('never', 30)).code, 'MUSTER_REQUEST_TIMEOUT');
    },
  },
  {
    name: 'whatever a handler throws has its code and simple fields, and a thenable is waited for',
    workers: 1,
    async run(cluster) {
      for (const how of ['object', 'throw', 'thenable'] as const) {
        await cluster.run(0, 'handle', { call: how, how });
      }
      const ask = (call: string) => cluster.run('primary', 'request', { to: 0, call, payload: 1 });
      const thrown = await ask('object');
      assert.equal(thrown.remoteCode, 'E_OBJECT');
      assert.deepEqual(thrown.cause, { name: 'Error', code: 'E_OBJECT', status: 503 });
      assert.deepEqual((await ask('throw')).cause, { name: 'RangeError', code: 'E_PURPOSE' });
      assert.deepEqual(await ask('thenable'), { value: 'waited' });
    },
  },
];
