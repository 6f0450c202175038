// An answer that is waited for no longer than it may take: ioredis leaves calls without one when a connection is lost.

import { clearTimeout, setTimeout } from 'node:timers';

export type Answer<Value> = Promise<Value>;

interface Closes {
  once(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
  disconnect(reconnect?: boolean): void;
}

/** Gives up the connection on which an answer is late: what comes after it would be late as well. */
export function within<Value>(
  client: Closes,
  answer: Answer<Value>,
  deadlineMs: number,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      client.off('close', lost);
    };
    const lost = () => {
      end();
      reject(new Error('The connection was lost before the answer'));
    };
    const timer = setTimeout(() => {
      end();
      client.disconnect(true);
      reject(new Error(`No answer within ${deadlineMs} ms`));
    }, deadlineMs).unref();
    client.once('close', lost);
    answer.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}
