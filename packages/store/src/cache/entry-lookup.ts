// Looks up cached values, and ignores those with invalidated tags.
import type { Engine } from '../engine.js';
import { type CacheEntry, parseEntry, type TagVersions } from './entry.js';
import { hasAll, isCurrent, type Tags } from './tags.js';

export class EntryLookup {
  readonly #tags: Tags;

  constructor(tags: Tags) {
    this.#tags = tags;
  }

  /**
   * The entry, unless one of its tags was invalidated.
   *
   * @param tags the entry must have all of them: an invalidation of a missing one would not have reached it.
   */
  async lookUp(
    engine: Engine,
    entryKey: string,
    tags: readonly string[],
  ): Promise<CacheEntry | undefined> {
    if (tags.length === 0) return this.checked(engine, await engine.get(entryKey));
    const keys = [entryKey, ...tags.map((tag) => this.#tags.full(tag))];
    const [text, ...versions] = await engine.getMany(keys);
    const known = new Map(tags.map((tag, position) => [tag, versions[position]]));
    const entry = await this.checked(engine, text, known);
    return entry && hasAll(entry.tags, tags) ? entry : undefined;
  }

  /** @param known versions of tags. @returns an entry without tags without a promise. */
  checked(
    engine: Engine,
    text: string | undefined,
    known: TagVersions = new Map(),
  ): CacheEntry | undefined | Promise<CacheEntry | undefined> {
    const entry = text === undefined ? undefined : parseEntry(text);
    return !entry || entry.tags.size === 0 ? entry : this.#current(engine, entry, known);
  }

  async #current(
    engine: Engine,
    entry: CacheEntry,
    known: TagVersions,
  ): Promise<CacheEntry | undefined> {
    const unknown = [...entry.tags.keys()].filter((tag) => !known.has(tag));
    const versions = new Map([...known, ...(await this.#tags.versions(engine, unknown))]);
    return isCurrent(entry.tags, versions) ? entry : undefined;
  }
}
