/**
 * Takes CPU profiles and heap snapshots of this process, with an inspector session of its own: no port is opened, and
 * nobody outside takes part.
 */
import { Session } from 'node:inspector';
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { reasonOf } from '@muster/codec/thrown';
import {
  type CaptureOrder,
  type CaptureRequest,
  sendCapture,
} from '../../channel/capture-message.js';
import { writeNewFile } from './new-file.js';

/** Microseconds between two samples: V8's default. More samples would slow the worker down. */
const SAMPLE_US = 1_000;

/** Ends each capture before its time: `keep` says whether it is written. */
const ends = new Map<number, (keep: boolean) => void>();

export function hear(request: CaptureRequest): void {
  if (request.type === 'capture') void take(request);
  else ends.get(request.id)?.(request.type === 'finish');
}

async function take(order: CaptureOrder): Promise<void> {
  const { id, kind } = order;
  const session = new Session();
  try {
    session.connect();
    await (kind === 'heap' ? heapSnapshot(session, order) : profile(session, order));
    sendCapture(process, { type: 'ended', id });
  } catch (error) {
    sendCapture(process, { type: 'ended', id, error: reasonOf(error) });
  } finally {
    ends.delete(id);
    session.disconnect();
  }
}

async function profile(session: Session, { id, file, forMs }: CaptureOrder): Promise<void> {
  // First, because what ends it may come while it begins.
  const over = new Promise<boolean>((resolve) => ends.set(id, resolve));
  await call(session, 'Profiler.enable');
  await call(session, 'Profiler.setSamplingInterval', { interval: SAMPLE_US });
  await call(session, 'Profiler.start');
  const timer = setTimeout(() => ends.get(id)?.(true), forMs).unref();
  sendCapture(process, { type: 'began', id });
  const keep = await over;
  clearTimeout(timer);
  const { profile: taken } = (await call(session, 'Profiler.stop')) as { profile: object };
  if (keep) await writeNewFile(file, (write) => write(JSON.stringify(taken)));
}

/** JavaScript stands still while V8 takes it, which it does at once in Node 20, and in a turn of its own from 22 on. */
async function heapSnapshot(session: Session, { id, file }: CaptureOrder): Promise<void> {
  let isWanted = true;
  ends.set(id, (keep) => {
    isWanted = keep;
  });
  sendCapture(process, { type: 'began', id });
  // By then the message has left this process, and it has read what else the primary had said.
  await new Promise((resolve) => setImmediate(resolve));
  if (!isWanted) return;
  await writeNewFile(file, async (write) => {
    session.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => write(params.chunk));
    await call(session, 'HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  });
}

function call(session: Session, method: string, params: object = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    session.post(method, params, (error, result) => (error ? reject(error) : resolve(result)));
  });
}
