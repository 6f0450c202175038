// Frames are what crosses a channel. Each has the packets of one turn.
//
// A frame is one IPC message, `{ cmd: 'NODE_MUSTER_BUS', v: 4, p: [...] }`. Node emits a message whose
// `cmd` starts with `NODE_` as 'internalMessage' and not as 'message' (nodejs.org/api/child_process, on
// `subprocess.send`; node:cluster's own traffic travels so), so that no app listener ever sees a frame.
//
// `p` is flat, five entries a packet: kind, name, address, count, body. Only the last receiver parses a
// body (body.ts): what is forwarded stays text.

import { MAX_TARGET_LENGTH, MAX_TARGETS, MAX_TOPIC_LENGTH } from '../topics/topic.js';
import { type Body, inStrings, isBody, lengthOf } from './body.js';
import { COMMAND, VERSION } from './protocol.js';

/** How many entries of `p` a packet takes. */
export const WIDTH = 5;

/** In characters: a topic or call, and what the first part of a long packet says beside it. */
const MAX_NAME_LENGTH = MAX_TOPIC_LENGTH + 64;

// To the primary, about the sender itself.

export const HELLO = 'hello';
/** Name is a pattern that this member now listens to. Retained values of its topics follow. */
export const LISTEN = 'on';
/** Name is a pattern that this member no longer listens to. */
export const UNLISTEN = 'off';
/** Name is a pattern that got one more listener: send the retained values again. */
export const REPLAY = 'recall';
/** Name is a topic: retain nothing of it any longer. */
export const DELETE = 'del';
/** Answer with the same name when all that was said before is known. */
export const SYNC = 'sync';
/** The messages that were kept for this member may come now. */
export const OPEN = 'open';
/** To be returned when the router gets there (credit.ts). */
export const MARK = 'mark';

// From the primary.

/** The bus of this worker writes frames of another version, which is the body. Versions differ in all else but this. */
const VERSION_MISMATCH = 'other';

/** The primary came later than the worker: say hello again. */
export const WHO = 'who';
/**
 * The answer to a hello: address is your stamp, body the bytes that an outbox of the primary holds. The members that are
 * there came before it.
 */
export const WELCOME = 'welcome';
/** The answer to a sync of this name. */
export const SYNCED = 'synced';
/** The address is the stamp of a member, and the name its news. */
export const MEMBER = 'm';
/** Of a member: nothing of it comes any more. `LEFT` is announced, `GONE` to whoever does not listen yet. */
export const LEFT = 'left';
export const GONE = 'gone';
/** Of any member of another machine: messages of that machine may have been missed, since the time that is the body. */
export const GAP = 'gap';
/** Your oldest mark that has not returned. */
export const MARKED = 'marked';
/** Address is the stamp of a member that is full, count how many bytes you may still send to it. */
export const STOP = 'stop';
/** Address is the stamp of a member that is full no longer. */
export const GO = 'go';
/** Address is the stamp of a member for which so much waits that whoever sends to it should wait, full or not. */
export const BUSY = 'busy';
/** Address is the stamp of a member that is busy no longer. */
export const CALM = 'calm';

// Both ways. The address names the receivers on the way to the primary, and the sender on the way from it.

/** Name is the topic, body the payloads, count how many. */
export const BROADCAST = 'b';
/** The same, from a sender that would rather lose the oldest than wait. */
export const LOSSY = 'd';
/** The same, kept by the primary for late listeners. From the primary, count is its version. */
export const RETAINED = 'k';
/** The same, heard by its sender as well. */
export const RETAINED_SELF = 'K';
/** The same to the primary, for a time: name is `self:ttlMs:topic`, with 0 or 1 for self. */
export const RETAINED_FOR = 'l';
/** Name is the call, body pairs of id and payload. */
export const REQUEST = 'q';
/** Body: pairs of id and reply. */
export const REPLY = 'r';
/** Body: pairs of id and error. */
export const FAILURE = 'e';
/** The requester does not wait any longer. Body: ids. */
export const CANCEL = 'x';

// A packet with a long body, in pieces.

/** Name: `id:kind:name` of the whole. It takes the place of the whole in the order of packets. */
export const FIRST = 'f';
/** Name: the id. Body: a piece. */
export const CHUNK = 'c';
/** The same, with which another text of the body begins. */
export const NEXT = 'n';
/** The pieces are complete. */
export const LAST = 'z';
/** The rest of the pieces will not come. */
export const ABORT = 'a';

export type Address = null | number | string | readonly (number | string)[];

export interface Packet {
  readonly kind: string;
  readonly name: string;
  readonly address: Address;
  /** Of messages in the body. */
  readonly count: number;
  readonly body: Body;
}

/** The name of a value that is retained for a time. */
export function nameOfRetainedFor(topic: string, self: boolean, ttlMs: number): string {
  return `${self ? 1 : 0}:${ttlMs}:${topic}`;
}

/** `[name, self, ttlMs, topic]` */
export function readRetainedFor(name: string): readonly string[] | null {
  return /^([01]):(\d{1,16}):(.*)$/s.exec(name);
}

export interface Frame {
  readonly cmd: typeof COMMAND;
  readonly v: number;
  readonly p: readonly unknown[];
}

export function frameOf(parts: readonly unknown[]): Frame {
  return { cmd: COMMAND, v: VERSION, p: parts };
}

/** The same, where bodies may have come as bytes, for a channel that carries JSON. */
export function inJson(frame: Frame): Frame {
  const isBytes = (part: unknown, i: number) => i % WIDTH === WIDTH - 1 && typeof part !== 'string';
  if (!frame.p.some(isBytes)) return frame;
  return frameOf(frame.p.map((part, i) => (isBytes(part, i) ? inStrings(part as Body) : part)));
}

/** A frame of one packet that is nothing but its kind. */
export function signalFrame(kind: string): Frame {
  return frameOf([kind, '', null, 0, '']);
}

/** Such a packet. */
export function signalPacket(kind: string): Packet {
  return { kind, name: '', address: null, count: 0, body: '' };
}

/** The answer of a primary to a worker that writes frames of another version, with the version of the primary. */
export function mismatchFrame(version: unknown): Frame {
  return frameOf([VERSION_MISMATCH, '', null, 0, String(version)]);
}

/** @returns the version of the primary that refuses frames of this one; `undefined` for any other frame. */
export function mismatchedVersion(message: unknown): unknown {
  if (!isFrame(message) || message.v === VERSION || !Array.isArray(message.p)) return undefined;
  const [kind, , , , version] = message.p as unknown[];
  return kind === VERSION_MISMATCH && version === `${VERSION}` ? message.v : undefined;
}

/** Says only whose it is: what is in it, `readFrame` judges. */
export function isFrame(message: unknown): message is Frame {
  return (
    typeof message === 'object' && message !== null && 'cmd' in message && message.cmd === COMMAND
  );
}

/**
 * Calls `take` for each packet, in order. The other end may be hostile, or write another version:
 * returns `false`, and takes nothing further, at the first thing that is not what this version writes.
 */
export function readFrame(message: unknown, take: (packet: Packet) => boolean): boolean {
  if (!isFrame(message) || message.v !== VERSION) return false;
  const parts: unknown = message.p;
  if (!Array.isArray(parts) || parts.length % WIDTH !== 0) return false;
  for (let i = 0; i < parts.length; i += WIDTH) {
    const kind: unknown = parts[i];
    const name: unknown = parts[i + 1];
    const address: unknown = parts[i + 2];
    const count: unknown = parts[i + 3];
    const body: unknown = parts[i + 4];
    if (typeof kind !== 'string' || typeof name !== 'string' || !isBody(body)) return false;
    if (name.length > MAX_NAME_LENGTH || !isAddress(address) || !isCount(count, kind, body)) {
      return false;
    }
    if (!take({ kind, name, address, count: count as number, body })) return false;
  }
  return true;
}

function isAddress(value: unknown): value is Address {
  if (value === null || isTarget(value)) return true;
  // One more for the separator of targets and exceptions.
  return Array.isArray(value) && value.length <= MAX_TARGETS + 1 && value.every(isTarget);
}

function isTarget(value: unknown): value is number | string {
  return (
    typeof value === 'number' || (typeof value === 'string' && value.length <= MAX_TARGET_LENGTH)
  );
}

/** Each message takes a character of the body, if only the comma after it. */
function isCount(value: unknown, kind: string, body: Body): value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) return false;
  return kind === STOP || (value as number) <= lengthOf(body) + 1;
}
