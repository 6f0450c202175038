// clear() takes a while, but deletes only entries that exist when it is called, and none that are written later.
import type { Engine } from '../engine.js';

/** A clear that is under way. */
interface Clear {
  /** The full prefix. */
  readonly prefix: string;
  /** Keys under it that later calls use: each was deleted before that call, and is not deleted again. */
  readonly spared: Set<string>;
  readonly deletions: Promise<number>[];
}

/**
 * The clears of one store. An engine finds the keys page by page, so a later call may use a key that has not been deleted yet. Then the
 * key is deleted right before that call, since an engine keeps the order of calls, and never after it.
 */
export class Clears {
  readonly #underWay = new Set<Clear>();

  /** Deletes every entry under a full prefix that exists now. */
  async run(opening: Promise<Engine>, prefix: string): Promise<void> {
    const clear: Clear = { prefix, spared: new Set(), deletions: [] };
    this.#underWay.add(clear);
    try {
      const engine = await opening;
      let cursor: string | undefined;
      do {
        const page = await engine.scan(prefix, cursor, false);
        const keys = page.keys.filter((key) => !clear.spared.has(key));
        if (keys.length > 0) await engine.delete(keys);
        cursor = page.cursor;
      } while (cursor !== undefined);
      await Promise.all(clear.deletions);
    } finally {
      this.#underWay.delete(clear);
    }
  }

  /** The engine for a call that begins now. */
  around(engine: Engine): Engine {
    return this.#underWay.size === 0 ? engine : this.#sparing(engine);
  }

  #sparing(engine: Engine): Engine {
    const spare = (keys: readonly string[]) => this.#spare(engine, keys);
    const calls: Partial<Engine> = {
      // What is being cleared may be kept still.
      near: () => this.#sparing(engine),
      get(key) {
        spare([key]);
        return engine.get(key);
      },
      getMany(keys) {
        spare(keys);
        return engine.getMany(keys);
      },
      set(key, ...rest) {
        spare([key]);
        return engine.set(key, ...rest);
      },
      setMany(entries) {
        spare(entries.map(([key]) => key));
        return engine.setMany(entries);
      },
      hasMany(keys) {
        spare(keys);
        return engine.hasMany(keys);
      },
      delete(keys) {
        spare(keys);
        return engine.delete(keys);
      },
      run(procedure, keys, ...rest) {
        spare(keys);
        return engine.run(procedure, keys, ...rest);
      },
    };
    return new Proxy(engine, {
      get(_, name) {
        const own: unknown = Reflect.get(calls, name);
        if (own) return own;
        const its: unknown = Reflect.get(engine, name);
        return typeof its === 'function' ? its.bind(engine) : its;
      },
    });
  }

  #spare(engine: Engine, keys: readonly string[]): void {
    for (const { prefix, spared, deletions } of this.#underWay) {
      const fresh = keys.filter((key) => key.startsWith(prefix) && !spared.has(key));
      if (fresh.length === 0) continue;
      for (const key of fresh) spared.add(key);
      const deletion = engine.delete(fresh);
      // If it fails, the clear fails, unless it has failed before.
      deletion.catch(() => {});
      deletions.push(deletion);
    }
  }
}
