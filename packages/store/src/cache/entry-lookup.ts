// Looks up cached values, and ignores those with invalidated tags.
import type { NearReads } from '../near/contract.js';
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
    reads: NearReads,
    entryKey: string,
    tags: readonly string[],
  ): Promise<CacheEntry | undefined> {
    if (tags.length === 0) return this.checked(reads, await reads.get(entryKey));
    const keys = [entryKey, ...tags.map((tag) => this.#tags.full(tag))];
    const [text, ...versions] = await reads.getMany(keys);
    const known = new Map(tags.map((tag, position) => [tag, versions[position]]));
    const entry = await this.checked(reads, text, known);
    return entry && hasAll(entry.tags, tags) ? entry : undefined;
  }

  /** @param known versions of tags. @returns an entry without tags without a promise. */
  checked(
    reads: NearReads,
    text: string | undefined,
    known: TagVersions = new Map(),
  ): CacheEntry | undefined | Promise<CacheEntry | undefined> {
    const entry = text === undefined ? undefined : parseEntry(text);
    return !entry || entry.tags.size === 0 ? entry : this.#current(reads, entry, known);
  }

  async #current(
    reads: NearReads,
    entry: CacheEntry,
    known: TagVersions,
  ): Promise<CacheEntry | undefined> {
    const unknown = [...entry.tags.keys()].filter((tag) => !known.has(tag));
    const versions = new Map([...known, ...(await this.#tags.versions(reads, unknown))]);
    return isCurrent(entry.tags, versions) ? entry : undefined;
  }
}
