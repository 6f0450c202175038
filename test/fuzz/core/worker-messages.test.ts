// Messages that a worker might send in the name of node:cluster: those that are right, with parts that are not.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ListenRecord,
  readClusterMessage,
} from '../../../packages/core/dist/supervisor/guard/cluster-message.js';
import { type Program, runProgram } from '../../support/program.js';
import { freePort } from '../../support/redis/free-port.js';
import corpus from './corpus.json' with { type: 'json' };

const FIXTURE = new URL('../../../packages/core/test/fixtures/hostile-worker.js', import.meta.url);

const odd = fc.oneof(
  fc.constantFrom(
    ...[
      null,
      -1,
      0,
      1.5,
      65_536,
      99_999,
      2 ** 31,
      2 ** 53,
      1e308,
      '',
      '0',
      'udp9',
      '::1',
      '\u0000',
    ],
    ...['__proto__', 'constructor', 'NODE_HANDLE', 'net.Server', 'x'.repeat(10_000), true, [], {}],
    ...[{ toString: 1 }, { ticketKeys: 7 }, [[[[]]]]],
  ),
  fc.jsonValue(),
);

/** One of the corpus, with some of its fields changed, left out or added. */
const message = fc
  .record({
    base: fc.constantFrom(...(corpus as Record<string, unknown>[])),
    changes: fc.dictionary(
      fc.constantFrom(
        ...['act', 'ack', 'seq', 'key', 'address', 'port', 'addressType', 'fd', 'flags', 'index'],
        ...['backlog', 'data', 'type', 'msg', 'count', 'accepted', 'readableAll', 'dgramType'],
      ),
      odd,
      { maxKeys: 3 },
    ),
    without: fc.subarray(['seq', 'index', 'port', 'address', 'key', 'act', 'type'], {
      maxLength: 2,
    }),
  })
  .map(({ base, changes, without }) => {
    const fields = Object.entries({ ...base, ...changes });
    return Object.fromEntries(fields.filter(([name]) => !without.includes(name)));
  });

describe('what node:cluster is told of a message', () => {
  const ledger: ListenRecord = {
    size: 0,
    has: () => false,
    ask() {},
    close: (key) => key === 'known',
    isOffered: (seq) => seq === 17,
  };

  it('is of the form that a worker of Node sends, or nothing', () => {
    fc.assert(
      fc.property(message, (given) => {
        const verdict = readClusterMessage(given, ledger, 256);
        if ('answer' in verdict) {
          expect(verdict.answer).toMatchObject({ cmd: 'NODE_CLUSTER', errno: expect.any(Number) });
        }
        if (!('passed' in verdict)) return;
        const passed = verdict.passed as Record<string, unknown>;
        if (passed.ack !== undefined) {
          expect(passed).toEqual({
            cmd: 'NODE_CLUSTER',
            ack: 17,
            accepted: given.accepted === true,
          });
          return;
        }
        const { port, addressType, address, fd } = passed;
        expect(['online', 'listening', 'close', 'exitedAfterDisconnect', 'queryServer']).toContain(
          passed.act,
        );
        if (passed.act !== 'queryServer') return;
        // Node's forms of listen({ fd }) and bind({ fd }): lib/net.js, listenInCluster(), and lib/dgram.js.
        if (typeof fd === 'number' && fd !== -1) {
          expect([undefined, null, -1]).toContain(port);
          expect([undefined, null, 'udp4', 'udp6']).toContain(addressType);
        } else {
          expect([4, 6, -1, 'udp4', 'udp6']).toContain(addressType);
          expect(Number.isInteger(port) && Number(port) >= -1 && Number(port) <= 65_535).toBe(true);
        }
        expect(address === null || address === undefined || typeof address === 'string').toBe(true);
        expect(passed.data === null || typeof passed.data === 'object').toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a primary', () => {
  let folder: string;
  let program: Program | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-fuzz-'));
  });

  afterEach(async () => {
    await program?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('outlives whatever its workers send, and others serve', async () => {
    const port = await freePort();
    const file = join(folder, 'messages.json');
    program = runProgram(FIXTURE, {
      cwd: folder,
      env: { PORT: String(port), MESSAGES: file },
    });
    await program.printed(/cluster is up/);
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).json();
    for (let round = 0; round < 12; round++) {
      const messages = fc.sample(message, { seed: 4_711 + round, numRuns: 80 });
      await writeFile(file, JSON.stringify(messages));
      await ask('/attack?with=messages').catch(() => {});
      await expect
        .poll(() => ask('/who').catch(() => undefined))
        .toMatchObject({ generation: expect.any(Number) });
    }
    program.kill('SIGTERM');
    expect(await program.exited).toMatchObject({ code: 0 });
  }, 120_000);
});
