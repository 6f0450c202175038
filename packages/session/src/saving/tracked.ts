/**
 * Which objects came from which load. A framework, or a library that uses the store by itself, saves an object of its
 * own; most often it holds what the store gave it, or a part of that (express-openid-connect: the tokens).
 */
import type { Held } from './held.js';

export class Tracked {
  readonly #held = new WeakMap<object, Held>();

  /** The session, and the objects directly in it. */
  note(session: object, held: Held): void {
    for (const part of partsOf(session)) this.#held.set(part, held);
  }

  /** What the caller holds of the session with this id, where `session` is, or has in it, what was noted. */
  find(id: string, session: unknown): Held | undefined {
    for (const part of partsOf(session)) {
      const held = this.#held.get(part);
      if (held?.answersTo(id)) return held;
    }
    return undefined;
  }
}

function partsOf(session: unknown): object[] {
  return isObject(session) ? [session, ...Object.values(session).filter(isObject)] : [];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
