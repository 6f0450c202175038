/**
 * Which folders and sockets to trust: pure functions of the result of `lstat()`. Each returns a reason not to, as a
 * sentence about "it", or `undefined`.
 *
 * Anybody who can connect to a control socket can stop the cluster, and anybody who can replace the socket can pretend to
 * be the cluster. The temp folder belongs to everyone: anybody may have made a file there that looks like Muster's.
 */
import { constants } from 'node:fs';

/** `mode` includes the type of the file. */
export interface FileFacts {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

const { S_IFMT, S_IFDIR, S_IFLNK, S_IFREG, S_IFSOCK } = constants;
/** In such a folder only the owner of a file can remove or rename it. */
const STICKY = 0o1000;
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

/** Checks the folder of the sockets. Others may read it, because each socket is closed to them. */
export function folderFault(facts: FileFacts, uid: number): string | undefined {
  if (typeOf(facts) === S_IFLNK) return 'it is a symbolic link';
  if (typeOf(facts) !== S_IFDIR) return 'it is not a folder';
  if (facts.uid !== uid) return owner(facts);
  // On systems where every user has a private group, it has the number of the user.
  const group = (facts.mode & GROUP_WRITES) !== 0 && facts.gid !== uid;
  return group || (facts.mode & OTHERS_WRITE) !== 0 ? 'others may write to it' : undefined;
}

/** Checks the parent of that folder: nobody else may be able to replace the folder. */
export function placeFault(facts: FileFacts, uid: number): string | undefined {
  if (typeOf(facts) !== S_IFDIR) return 'what should hold it is not a folder';
  if ((facts.mode & STICKY) !== 0) return undefined;
  if (facts.uid === uid || facts.uid === 0) return openPlaceFault(facts);
  return `it is in a folder of the user with id ${facts.uid}`;
}

/** The same for a given path, whoever owns its folder. */
export function openPlaceFault({ mode }: FileFacts): string | undefined {
  const open = (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0;
  return open ? 'anybody may replace what is in its folder' : undefined;
}

/** Checks a control socket before it is connected to or replaced. */
export function socketFault(facts: FileFacts, uid: number): string | undefined {
  if (typeOf(facts) !== S_IFSOCK) return 'it is not a socket';
  return facts.uid === uid ? undefined : owner(facts);
}

/** Checks the lock beside a socket before anybody waits for it. */
export function lockFault(facts: FileFacts, uid: number): string | undefined {
  if (typeOf(facts) !== S_IFREG) return 'it is not a lock of Muster’s';
  return facts.uid === uid ? undefined : owner(facts);
}

function typeOf({ mode }: FileFacts): number {
  return mode & S_IFMT;
}

function owner({ uid }: FileFacts): string {
  return `it belongs to the user with id ${uid}`;
}
