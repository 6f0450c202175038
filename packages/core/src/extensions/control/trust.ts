/**
 * Whom to trust with a control socket: pure functions of what `lstat()` says. Each gives a reason to keep away, as a
 * sentence about "it", or `undefined`.
 *
 * Whoever can connect to a control socket can stop the cluster, and whoever can put one in its place can pretend to be
 * the cluster. The temp folder is everyone's: what is found there may have been made by anybody, to be taken for Muster's.
 */
import { constants } from 'node:fs';

/** `mode` has the type of the file in it. */
export interface FileFacts {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

const { S_IFMT, S_IFDIR, S_IFLNK, S_IFREG, S_IFSOCK } = constants;
/** Only the owner of a file removes or renames it there. */
const STICKY = 0o1000;
const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

/** Of the folder that sockets are in. Others may look into it: each socket is closed to them. */
export function folderFault(facts: FileFacts, uid: number): string | undefined {
  if (typeOf(facts) === S_IFLNK) return 'it is a symbolic link';
  if (typeOf(facts) !== S_IFDIR) return 'it is not a folder';
  if (facts.uid !== uid) return owner(facts);
  // Where every user has a group of their own, its number is that of the user.
  const group = (facts.mode & GROUP_WRITES) !== 0 && facts.gid !== uid;
  return group || (facts.mode & OTHERS_WRITE) !== 0 ? 'others may write to it' : undefined;
}

/** Of the folder that holds that folder: nobody else may put another one in its place. */
export function placeFault(facts: FileFacts, uid: number): string | undefined {
  if (typeOf(facts) !== S_IFDIR) return 'what should hold it is not a folder';
  if ((facts.mode & STICKY) !== 0) return undefined;
  if (facts.uid === uid || facts.uid === 0) return openPlaceFault(facts);
  return `it is in a folder of the user with id ${facts.uid}`;
}

/** The same for a path that was given, whatever the owner of its folder. */
export function openPlaceFault({ mode }: FileFacts): string | undefined {
  const open = (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0;
  return open ? 'anybody may replace what is in its folder' : undefined;
}

/** Of a control socket, before it is connected to or replaced. */
export function socketFault(facts: FileFacts, uid: number): string | undefined {
  if (typeOf(facts) !== S_IFSOCK) return 'it is not a socket';
  return facts.uid === uid ? undefined : owner(facts);
}

/** Of the lock beside a socket, before somebody waits for it. */
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
