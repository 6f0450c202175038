import { expect, test } from 'vitest';
import { runFixture } from './support/run-fixture.js';

type Results = Record<string, unknown>;

const quick = { ms: expect.toSatisfy((ms: number) => ms < 30_000) };
const remote = { code: 'MUSTER_REMOTE_ERROR', ...quick };

/** What `askAll` of the fixture finds, asked by the member in this slot. */
function answers(requester: number | string): Results {
  return {
    slot: [1, requester, true, true],
    self: { value: { input: 'me', from: requester, by: requester } },
    primary: { value: { input: 'you', from: requester, by: 'primary' } },
    throw: {
      ...remote,
      message: 'no such user',
      remoteCode: 'E_USER',
      cause: { name: 'TypeError', code: 'E_USER', detail: { id: 7 } },
      remoteStack: true,
    },
    reject: { ...remote, message: 'a string' },
    'odd reply': { ...remote, remoteCode: 'MUSTER_UNSUPPORTED_VALUE' },
    'odd error': { ...remote, message: 'odd', remoteStack: true },
    'large reply': { ...remote, remoteCode: 'MUSTER_MESSAGE_TOO_LARGE' },
    'no handler': {
      code: 'MUSTER_NO_HANDLER',
      message: expect.stringContaining("'nothing' in the worker in slot 1 (generation 1)"),
    },
    nobody: { code: 'MUSTER_WORKER_GONE', message: expect.stringContaining('slot 9') },
    unsupported: { code: 'MUSTER_UNSUPPORTED_VALUE' },
    timeout: { code: 'MUSTER_REQUEST_TIMEOUT', message: expect.stringContaining('50 ms') },
    abort: { message: 'changed my mind' },
    'aborted before': { message: 'never mind' },
    gather: {
      ok: [
        [0, 0],
        [1, 1],
        ['primary', 'primary'],
      ],
      failed: [[7, 'MUSTER_WORKER_GONE']],
    },
  };
}

test('every request settles, with the reply or with what became of it', async () => {
  const { report, code, stderr } = await runFixture<Results>('requests.js');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { primary, worker, ...rest } = report as Record<string, Results>;
  expect(primary).toMatchObject(answers('primary'));
  expect(worker).toMatchObject(answers(0));
  // Of a role, each in turn, and not the requester while there is another.
  expect((primary?.role as number[] | undefined)?.toSorted()).toEqual([0, 0, 1, 1]);
  expect(worker?.role).toEqual([1, 1, 1, 1]);
  // A timeout and an abort of the primary, then those of the worker as well.
  expect([primary?.['aborted there'], worker?.['aborted there']]).toEqual([
    { value: 2 },
    { value: 4 },
  ]);

  const gone = { code: 'MUSTER_WORKER_GONE', ...quick };
  expect(rest).toMatchObject({
    died: gone,
    'died, asked by a worker': { value: gone },
    'gather with a dead one': [[[0, 'alive']], [[1, 'MUSTER_WORKER_GONE']]],
    'never up': gone,
    early: { value: { input: 'early', from: 'primary', by: 1 } },
  });
});
