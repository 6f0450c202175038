// Why a process could not be spawned, and what helps: the system gives only a code.
import { reasonOf } from '@muster/codec/thrown';

/** By the error code of the system (fork(2), pipe(2), socketpair(2)). */
const REMEDIES: Readonly<Record<string, string>> = {
  EMFILE: 'the primary has no file descriptor left: raise its limit, `ulimit -n`',
  ENFILE: 'the machine has no file descriptor left',
  EAGAIN: 'this user may have no more processes: see `ulimit -u`, or the limit of the container',
  ENOMEM: 'the machine has no memory left for it',
};

/** Such as `spawn /usr/bin/node EMFILE (the primary has no file descriptor left: …)`. */
export function spawnErrorText(error: unknown): string {
  const reason = reasonOf(error);
  const [, code = ''] = /^spawn .* (E[A-Z]+)$/.exec(reason) ?? [];
  const remedy = REMEDIES[code];
  return remedy === undefined ? reason : `${reason} (${remedy})`;
}
