// What a packet between machines is about.

import { retainRequestOf } from '../router/retention.js';
import {
  BROADCAST,
  DELETE,
  FIRST,
  LOSSY,
  RETAINED,
  RETAINED_FOR,
  RETAINED_SELF,
} from '../wire/frame.js';
import { readFirst } from '../wire/pieces.js';

const VALUES: ReadonlySet<string> = new Set([RETAINED, RETAINED_FOR, RETAINED_SELF]);
const BROADCASTS: ReadonlySet<string> = new Set([BROADCAST, LOSSY, ...VALUES]);

export const isValue = (kind: string) => VALUES.has(kind);
export const isBroadcast = (kind: string) => BROADCASTS.has(kind);

/** The kind and name of the whole packet, if this is the first part of a long one. */
export function wholeOf(kind: string, name: string): { kind: string; name: string } {
  return kind === FIRST ? (readFirst(name) ?? { kind, name }) : { kind, name };
}

/** The topic whose retained value a packet sets, begins to set, or deletes. */
export function retainedTopicOf(kind: string, name: string): string | undefined {
  const whole = wholeOf(kind, name);
  if (whole.kind === DELETE) return whole.name;
  return isValue(whole.kind) ? retainRequestOf(whole.kind, whole.name)?.topic : undefined;
}

/** @returns `undefined` for a text that is not JSON, `null` for an empty one. */
export function parseTarget(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}
