// What a machine appends to the log: a head in JSON, and sections of bytes, each for one machine or for all. Who reads opens
// only what is for it.
//
//   u8 version, u8 0, u16 0, u32 bytes of the head, head, sections one behind the other
//
// Whoever can write to the log may have written it: what no machine writes is refused.

const ENTRY_VERSION = 2;

const PREFIX_BYTES = 8;

/** Of one entry. A machine writes a quarter of it at most. */
const MAX_ENTRY_BYTES = 16 * 1024 * 1024;
const MAX_HEAD_BYTES = 1024 * 1024;
const MAX_SECTIONS = 4_096;
const MAX_KNOWN = 4_096;

/** Something is written in so many epochs, and then given up. */
export const MAX_ATTEMPTS = 16;

const ID = /^[\w-]{8,32}$/;
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;

/** An entry of a machine that is known from elsewhere. */
export type EntryRef = readonly [epoch: number, seq: number];

/** An epoch of a machine ends when it was not heard for too long. */
interface EntryId {
  /** Another one for each start of a process. */
  readonly machine: string;
  /** 1, 2, 3, … */
  readonly epoch: number;
  /** 1 for the first entry of an epoch, then one more for each. */
  readonly seq: number;
}

export type Content =
  | {
      /** A new epoch begins. */
      readonly kind: 'hello';
      readonly name: string;
      /** Since when it is in the group, by the clock of the log; 0 where this is its first epoch. */
      readonly sinceMs: number;
      /** The last entry of the epochs before that counts, if there is one. */
      readonly committed: { readonly epoch: number; readonly seq: number } | undefined;
      /** Whether something that was sent in the epoch before could not be sent again. */
      readonly lost: boolean;
      /** The machines, each with its epoch, that need not say who they are. */
      readonly known: readonly string[];
    }
  | {
      /** Says who this machine is to one that does not know, or has missed entries of it. */
      readonly kind: 'identity';
      readonly name: string;
      readonly to: string;
      /** Since when it is in the group, by the clock of the log. */
      readonly sinceMs: number;
    }
  | {
      /** Asks another machine for the retained values, because entries of it were missed. */
      readonly kind: 'sync';
      readonly to: string;
      /** Whether it is known and was not let go of. If not, the other machine lets go of this one for a moment as well. */
      readonly valuesOnly: boolean;
    }
  | {
      /** What a `sync` asked for is in the entries before this one. */
      readonly kind: 'synced';
      readonly to: string;
      /** The entry that asked, of the machine that this is for. */
      readonly request: EntryRef;
    }
  | {
      readonly kind: 'data';
      /**
       * The entries as which it was written before, where nobody knows whether they count: who has read one of them leaves this
       * one out.
       */
      readonly attempts: readonly EntryRef[] | undefined;
    }
  | { readonly kind: 'heartbeat' | 'leave' };

interface Section {
  /** The id of a machine, `''` for all. */
  readonly to: string;
  readonly bytes: Buffer;
}

export type Entry = EntryId &
  Content & {
    /** The newest time of the log that this machine had seen, in milliseconds. */
    readonly seenMs: number;
    readonly sections: readonly Section[];
  };

export function encodeEntry({ sections, ...rest }: Entry): Buffer {
  const table = sections.map(({ to, bytes }) => [to, bytes.length]);
  const head = Buffer.from(JSON.stringify({ ...rest, sections: table }));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix[0] = ENTRY_VERSION;
  prefix.writeUInt32LE(head.length, 4);
  return Buffer.concat([prefix, head, ...sections.map(({ bytes }) => bytes)]);
}

/** @returns `undefined` for what no machine of this version writes. */
export function decodeEntry(bytes: Buffer): Entry | undefined {
  if (bytes.length < PREFIX_BYTES || bytes.length > MAX_ENTRY_BYTES) return undefined;
  if (bytes[0] !== ENTRY_VERSION) return undefined;
  const headBytes = bytes.readUInt32LE(4);
  const bodyAt = PREFIX_BYTES + headBytes;
  if (headBytes > MAX_HEAD_BYTES || bodyAt > bytes.length) return undefined;
  const head = parse(bytes.toString('utf8', PREFIX_BYTES, bodyAt));
  if (head === undefined) return undefined;
  const { machine, epoch, seq, seenMs } = head;
  const content = contentOf(head);
  const sections = sectionsOf(head.sections, bytes.subarray(bodyAt));
  if (content === undefined || sections === undefined) return undefined;
  if (!isId(machine) || !isCount(epoch) || !isCount(seq) || !isTime(seenMs)) return undefined;
  return { machine, epoch, seq, seenMs, sections, ...content };
}

function contentOf(head: Record<string, unknown>): Content | undefined {
  const { kind, name, lost, known, to, sinceMs, valuesOnly, request } = head;
  switch (kind) {
    case 'hello': {
      const committed = committedOf(head.committed);
      if (!isName(name) || !isTime(sinceMs) || committed === null || typeof lost !== 'boolean')
        return undefined;
      if (!Array.isArray(known) || known.length > MAX_KNOWN || !known.every(isText))
        return undefined;
      return { kind, name, sinceMs, committed, lost, known };
    }
    case 'identity':
      return isName(name) && isId(to) && isTime(sinceMs) ? { kind, name, to, sinceMs } : undefined;
    case 'sync':
      return isId(to) && typeof valuesOnly === 'boolean' ? { kind, to, valuesOnly } : undefined;
    case 'synced':
      return isId(to) && isRef(request) ? { kind, to, request } : undefined;
    case 'data': {
      const attempts = attemptsOf(head.attempts);
      return attempts === null ? undefined : { kind, attempts };
    }
    case 'heartbeat':
    case 'leave':
      return { kind };
    default:
      return undefined;
  }
}

/** @returns `null` for what is none. */
function attemptsOf(value: unknown): readonly EntryRef[] | undefined | null {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length > MAX_ATTEMPTS) return null;
  return value.every(isRef) ? value : null;
}

/** @returns `null` for what is none. */
function committedOf(value: unknown): { epoch: number; seq: number } | undefined | null {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) return null;
  const { epoch, seq } = value as Record<string, unknown>;
  return isCount(epoch) && isTime(seq) ? { epoch, seq } : null;
}

function sectionsOf(table: unknown, body: Buffer): Section[] | undefined {
  if (!Array.isArray(table) || table.length > MAX_SECTIONS) return undefined;
  const sections: Section[] = [];
  let at = 0;
  for (const row of table as unknown[]) {
    if (!Array.isArray(row) || row.length !== 2) return undefined;
    const [to, length] = row as [unknown, unknown];
    if (!(to === '' || isId(to)) || !isTime(length) || at + length > body.length) return undefined;
    sections.push({ to, bytes: body.subarray(at, at + length) });
    at += length;
  }
  return at === body.length ? sections : undefined;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

function isRef(value: unknown): value is EntryRef {
  return Array.isArray(value) && value.length === 2 && value.every(isCount);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 64;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
