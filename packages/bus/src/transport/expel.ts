// A worker that breaks the rules of the channel is killed, and the code that forked it learns why.
import type { ChildProcess } from 'node:child_process';

/** An event of the process, as the copy of this package that kills need not be the one that listens. */
const EXPELLED = 'muster:expelled';

/** Node's own `killed` says of any signal that it was sent, also of one that the app sent. */
const expelled = new WeakSet<ChildProcess>();

/** `why`: a sentence without its subject. Where nobody listens, a warning of the process says it. */
export function expel(child: ChildProcess, why: string): void {
  if (expelled.has(child)) return;
  expelled.add(child);
  if (!child.emit(EXPELLED, why)) process.emitWarning(`The worker ${child.pid} is killed: ${why}.`);
  child.kill('SIGKILL');
}

export function onExpelled(child: ChildProcess, listener: (why: string) => void): void {
  child.on(EXPELLED, listener);
}
