/**
 * An app that closes its channel wants to leave the cluster. From that moment on the worker could get no connections, and
 * there might be no other worker yet: so closing the channel asks for a replacement instead.
 */
import cluster from 'node:cluster';

/** Calls `leave` instead, when the app closes its channel. */
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
 * Whether the caller of `process.disconnect()` is Node itself, which calls it when the channel has ended because the
 * primary is gone (lib/internal/child_process.js, `channel.onread`).
 */
function isCalledByNode(): boolean {
  const { stackTraceLimit } = Error;
  // The app's own function may return something other than text.
  const own = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  Reflect.deleteProperty(Error, 'prepareStackTrace');
  Error.stackTraceLimit = 3;
  const caller = new Error().stack?.split('\n').at(3) ?? '';
  Error.stackTraceLimit = stackTraceLimit;
  if (own) Object.defineProperty(Error, 'prepareStackTrace', own);
  return caller.includes('node:internal/child_process');
}
