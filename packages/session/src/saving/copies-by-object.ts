/**
 * Which objects came from which load. A framework, or a library that uses the store by itself, saves an object of its
 * own; most often it holds what the store gave it, or a part of that (express-openid-connect: the tokens).
 */
import type { WorkingCopy } from './working-copy.js';

export class CopiesByObject {
  readonly #copies = new WeakMap<object, WorkingCopy>();

  /** The session, and the objects directly in it. */
  note(session: object, copy: WorkingCopy): void {
    for (const part of partsOf(session)) this.#copies.set(part, copy);
  }

  /** What the caller holds of the session with this id, where `session` is, or has in it, what was noted. */
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
