/**
 * An app that closes its channel means to leave the cluster. Without a successor the worker could be given no connections
 * from that moment on, and nobody might be there yet who can: so what closes the channel asks to be replaced.
 */
import cluster from 'node:cluster';

/** Calls `leave` in the place of what the app does to close its channel. */
export function onAppDisconnect(leave: () => void): void {
  const { worker } = cluster;
  if (!worker) return;
  const { disconnect } = process;
  process.disconnect = () => {
    if (isCalledByNode()) disconnect.call(process);
    else leave();
  };
  worker.disconnect = () => {
    leave();
    return worker;
  };
}

/**
 * Whether the caller of `process.disconnect()` is Node itself, which calls it where the channel has come to its end: the
 * primary is gone (lib/internal/child_process.js, `channel.onread`).
 */
function isCalledByNode(): boolean {
  const { stackTraceLimit } = Error;
  // One of the app's may give no text.
  const own = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  Reflect.deleteProperty(Error, 'prepareStackTrace');
  Error.stackTraceLimit = 3;
  const caller = new Error().stack?.split('\n').at(3) ?? '';
  Error.stackTraceLimit = stackTraceLimit;
  if (own) Object.defineProperty(Error, 'prepareStackTrace', own);
  return caller.includes('node:internal/child_process');
}
