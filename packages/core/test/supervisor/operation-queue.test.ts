import { describe, expect, it } from 'vitest';
import { OperationQueue } from '../../dist/supervisor/operation-queue.js';

/** An operation that runs until it is told to end, and says when it began. */
function controlled<Result>(kind: 'reload' | 'scale', key?: string) {
  let end: (result: Result) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  let begin: (signal: AbortSignal) => void = () => {};
  const begun = new Promise<AbortSignal>((resolve) => {
    begin = resolve;
  });
  const run = (signal: AbortSignal) =>
    new Promise<Result>((resolve, reject) => {
      end = resolve;
      fail = reject;
      signal.addEventListener('abort', () => reject(signal.reason));
      begin(signal);
    });
  const operation = key === undefined ? { kind, run } : { kind, key, run };
  return { operation, begun, end: (result: Result) => end(result), fail: (e: unknown) => fail(e) };
}

describe('the operation queue', () => {
  it('runs one after the other, in the order of the calls, whatever comes of them', async () => {
    const queue = new OperationQueue();
    const [first, second] = [controlled<string>('reload'), controlled<string>('scale')];
    const results = [queue.run(first.operation), queue.run(second.operation)];
    await first.begun;
    expect(queue.running).toBe('reload');
    first.fail(new Error('it failed'));
    await expect(results[0]).rejects.toThrow('it failed');
    await second.begun;
    expect(queue.running).toBe('scale');
    second.end('done');
    await expect(results[1]).resolves.toBe('done');
    expect(queue.running).toBeUndefined();
  });

  it('shares what waits, and not what runs', async () => {
    const queue = new OperationQueue();
    const running = controlled<number>('reload', 'all');
    const waiting = controlled<number>('reload', 'all');
    const never = controlled<number>('reload', 'all');
    const one = queue.run(running.operation);
    await running.begun;
    const two = queue.run(waiting.operation);
    const three = queue.run(never.operation);
    running.end(1);
    await waiting.begun;
    waiting.end(2);
    expect(await Promise.all([one, two, three])).toEqual([1, 2, 2]);
  });

  it('gives up what nobody wants any more, and only that', async () => {
    const queue = new OperationQueue();
    const [first, shared] = [controlled<number>('scale'), controlled<number>('reload', 'all')];
    const one = queue.run(first.operation);
    const [mine, yours] = [new AbortController(), new AbortController()];
    const two = queue.run(shared.operation, mine.signal);
    const three = queue.run(shared.operation, yours.signal);
    mine.abort(new Error('mine'));
    await expect(two).rejects.toThrow('mine');
    first.end(1);
    const signal = await shared.begun;
    expect(signal.aborted).toBe(false);
    yours.abort(new Error('yours'));
    await expect(three).rejects.toThrow('yours');
    expect(signal.aborted).toBe(true);
    expect(await one).toBe(1);
  });

  it('ends what runs when it stops, and refuses what waits and what comes', async () => {
    const queue = new OperationQueue();
    const [first, second] = [controlled('reload'), controlled('scale')];
    const results = [queue.run(first.operation), queue.run(second.operation)];
    await first.begun;
    const reason = new Error('it stops');
    await Promise.all([
      queue.stop(reason),
      ...results.map((result) => expect(result).rejects.toBe(reason)),
    ]);
    await expect(queue.run(second.operation)).rejects.toBe(reason);
  });

  it('refuses who has given up before', async () => {
    const queue = new OperationQueue();
    const asked = queue.run(controlled('reload').operation, AbortSignal.abort(new Error('late')));
    await expect(asked).rejects.toThrow('late');
  });
});
