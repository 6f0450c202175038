// What crosses a channel: frames, each with the parcels of one turn.
//
// A frame is one IPC message, `{ cmd: 'NODE_MUSTER_BUS', v: 1, p: [...] }`. Node emits a message whose
// `cmd` starts with `NODE_` as 'internalMessage' and not as 'message' (nodejs.org/api/child_process, on
// `subprocess.send`; node:cluster's own traffic travels so), so that no app listener ever sees a frame.
//
// `p` is flat, four entries a parcel: kind, name, address, body. A body is text that only the last
// receiver parses: what is forwarded stays a string.

export const COMMAND = 'NODE_MUSTER_BUS';

/** Goes up when older code could not read the frames. The hub of a process is keyed by it as well. */
export const VERSION = 1;

/** To the primary. */
export const HELLO = 'hello';
/** To the primary: name is a pattern that this member now listens to. */
export const LISTEN = 'on';
/** To the primary: name is a pattern that this member no longer listens to. */
export const UNLISTEN = 'off';
/** To the primary: what was kept for this member may come now. */
export const OPEN = 'open';
/** From the primary that came later than the worker: say hello again. */
export const WHO = 'who';
/** From the primary, the answer to a hello: address is your stamp. */
export const WELCOME = 'welcome';
/** Both ways: name is the topic, body the payloads. Address: to the primary the target, from it the sender's stamp. */
export const BROADCAST = 'b';

export type Address = null | number | string | readonly (number | string)[];

export interface Parcel {
  readonly kind: string;
  readonly name: string;
  readonly address: Address;
  readonly body: string;
}

export interface Frame {
  readonly cmd: typeof COMMAND;
  readonly v: number;
  readonly p: readonly unknown[];
}

export function frameOf(parts: readonly unknown[]): Frame {
  return { cmd: COMMAND, v: VERSION, p: parts };
}

export function isFrame(message: unknown): message is { readonly [key: string]: unknown } {
  return (
    typeof message === 'object' && message !== null && 'cmd' in message && message.cmd === COMMAND
  );
}

/**
 * Calls `take` for each parcel, in order. Whoever is at the other end may be hostile or of another version:
 * returns `false`, and takes nothing further, at the first thing that is not what this version writes.
 */
export function readFrame(message: unknown, take: (parcel: Parcel) => boolean): boolean {
  if (!isFrame(message) || message.v !== VERSION) return false;
  const parts: unknown = message.p;
  if (!Array.isArray(parts) || parts.length % 4 !== 0) return false;
  for (let i = 0; i < parts.length; i += 4) {
    const kind: unknown = parts[i];
    const name: unknown = parts[i + 1];
    const address: unknown = parts[i + 2];
    const body: unknown = parts[i + 3];
    if (typeof kind !== 'string' || typeof name !== 'string' || typeof body !== 'string')
      return false;
    if (!isAddress(address) || !take({ kind, name, address, body })) return false;
  }
  return true;
}

function isAddress(value: unknown): value is Address {
  if (value === null || typeof value === 'number' || typeof value === 'string') return true;
  return (
    Array.isArray(value) && value.every((one) => typeof one === 'number' || typeof one === 'string')
  );
}
