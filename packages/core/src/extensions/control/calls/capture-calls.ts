/**
 * The calls for CPU profiles and heap snapshots. A capture belongs to the connection that asked for it, which has one at a
 * time, and is dropped with it: `profile` or `heap` takes it, and `read` gives it in pieces, as fast as the client asks for
 * them. So the command writes the file itself, as its own user, and needs to see no folder of the cluster's.
 */
import * as check from '../../../checks/option-checks.js';
import { InvalidOptionError } from '../../../errors.js';
import type { Capture } from '../../captures/capture-worker.js';
import type { Supervision } from '../../extension.js';
import type { CallHandler, Connection } from '../socket-server.js';
import { number, slotIn } from './call-arguments.js';

/** Bytes of a piece. */
const PIECE_BYTES = 256 * 1024;

/** What a client hears of a capture. */
export interface TakenCapture extends Pick<Capture, 'kind' | 'slot' | 'generation' | 'pid'> {
  readonly bytes: number;
}

interface Held {
  /** Ends a profile before its time. */
  readonly finish: AbortController;
  readonly capture: Promise<Capture>;
}

export function createCaptureCalls(
  supervision: Pick<Supervision, 'handles' | 'slotStatus'>,
): Record<string, CallHandler> {
  const held = new WeakMap<Connection, Held>();

  const hold = async (
    connection: Connection,
    take: (finish: AbortSignal) => Promise<Capture>,
  ): Promise<TakenCapture> => {
    if (held.has(connection)) {
      throw new InvalidOptionError('A connection takes one profile or heap snapshot.');
    }
    const finish = new AbortController();
    const capture = take(finish.signal);
    held.set(connection, { finish, capture });
    const { kind, slot, generation, pid, file } = await capture;
    const close = () => void file.close().catch(() => {});
    if (connection.closed.aborted) close();
    else connection.closed.addEventListener('abort', close, { once: true });
    return { kind, slot, generation, pid, bytes: file.bytes };
  };

  const heldBy = (connection: Connection): Held => {
    const found = held.get(connection);
    if (found) return found;
    throw new InvalidOptionError('This connection has asked for no profile or heap snapshot.');
  };

  return {
    profile(args, connection) {
      const { slot, forMs } = check.objectOf('profile', args, ['slot', 'forMs']);
      const of = number('slot', slot);
      const options = {
        ...(forMs !== undefined && { forMs: number('forMs', forMs) }),
        signal: connection.closed,
      };
      return hold(connection, async (finish) => {
        const { profileWorker } = await loadCaptures();
        return profileWorker(supervision, of, { ...options, finish });
      });
    },
    heap(args, connection) {
      const of = slotIn('heap', args);
      return hold(connection, async () => {
        const { heapSnapshot } = await loadCaptures();
        return heapSnapshot(supervision, of, { signal: connection.closed });
      });
    },
    finish: (args, connection) => {
      check.objectOf('finish', args, []);
      heldBy(connection).finish.abort();
    },
    async read(args, connection) {
      const { offset } = check.objectOf('read', args, ['offset']);
      const from = check.count('offset', number('offset', offset), 0);
      const { file } = await heldBy(connection).capture;
      return (await file.read(from, PIECE_BYTES)).toString('base64');
    },
  };
}

export function loadCaptures() {
  return import('../../captures/capture-worker.js');
}
