/**
 * What a primary and a worker say when a CPU profile or a heap snapshot is taken: the primary names a file, the worker
 * writes it. These messages travel beside the bus, like those of lifecycle-message.ts.
 *
 * A worker can send anything, so what the primary reads is checked.
 */
import { openIpcChannel, type Peer } from './ipc-channel.js';

const channel = openIpcChannel('NODE_MUSTER_CAPTURE');

export type CaptureKind = 'profile' | 'heap';

/** `file`: an absolute path, of a file that is not there. `forMs`: how long a profile takes. */
export interface CaptureOrder {
  readonly type: 'capture';
  readonly id: number;
  readonly kind: CaptureKind;
  readonly file: string;
  readonly forMs: number;
}

/**
 * From the primary to a worker. `finish`: end the profile now, and write what there is. `discard`: end it, and write
 * nothing.
 */
export type CaptureRequest =
  | CaptureOrder
  | { readonly type: 'finish' | 'discard'; readonly id: number };

/** From a worker to its primary. `ended`: the file is written, or not, and then `error` says why. */
export type CaptureReport =
  | { readonly type: 'began'; readonly id: number }
  | { readonly type: 'ended'; readonly id: number; readonly error?: string };

/** A peer that is gone is not an error: its exit is seen elsewhere. */
export function sendCapture(peer: Peer, message: CaptureRequest | CaptureReport): void {
  channel.send(peer, message);
}

/** In a worker, which trusts its primary. Returns a function that ends the listening. */
export function onCaptureRequest(
  peer: Peer,
  listener: (request: CaptureRequest) => void,
): () => void {
  return channel.listen(peer, (message) => listener(message as CaptureRequest));
}

/** In the primary. Returns a function that ends the listening. */
export function onCaptureReport(peer: Peer, listener: (report: CaptureReport) => void): () => void {
  return channel.listen(peer, (message) => {
    const report = readReport(message);
    if (report) listener(report);
  });
}

/** Characters of an error. It may still have some that cannot be printed. */
const MAX_ERROR = 500;

export function readReport(message: unknown): CaptureReport | undefined {
  const { type, id, error } = (message ?? {}) as Record<string, unknown>;
  if (!Number.isSafeInteger(id)) return undefined;
  if (type === 'began') return { type, id: id as number };
  if (type !== 'ended') return undefined;
  const failed = error !== undefined && { error: String(error).slice(0, MAX_ERROR) };
  return { type, id: id as number, ...failed };
}
