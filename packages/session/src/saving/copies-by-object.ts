/**
 * Finds the working copy that an object came from. A framework, or a library that uses the store by itself, saves an object
 * of its own; most often that contains what the store gave it, or a part of it (express-openid-connect: the tokens).
 */
import type { WorkingCopy } from './working-copy.js';

export class CopiesByObject {
  readonly #copies = new WeakMap<object, WorkingCopy>();

  /** Remembers the copy for the session, and for each object directly in it. */
  note(session: object, copy: WorkingCopy): void {
    for (const part of partsOf(session)) this.#copies.set(part, copy);
  }

  /** The copy of the session with this id that was noted for `session`, or for an object directly in it. */
  find(id: string, session: unknown): WorkingCopy | undefined {
    for (const part of partsOf(session)) {
      const copy = this.#copies.get(part);
      if (copy?.answersTo(id)) return copy;
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
