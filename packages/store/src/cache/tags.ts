// Tags of cached values: each has a version, and a value is valid while its tags have the versions from before its load.
import { nanoid } from 'nanoid';
import type { Engine } from '../engine.js';
import type { Keyspace } from '../entries/keyspace.js';
import { InvalidOptionError } from '../errors.js';
import type { NearReads } from '../near/contract.js';
import { ensureTag } from './ensure-tag.js';
import type { TagVersions } from './entry.js';

const MAX_TAGS = 32;
const NONE: readonly string[] = [];

export class Tags {
  readonly #keyspace: Keyspace;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  /** @throws InvalidOptionError, InvalidKeyError. @returns them, each once. */
  checked(tags: readonly string[] | undefined): readonly string[] {
    if (tags === undefined) return NONE;
    if (!Array.isArray(tags) || tags.length > MAX_TAGS) {
      throw new InvalidOptionError(`The tags of a value are an array of at most ${MAX_TAGS}`);
    }
    for (const tag of tags) this.#keyspace.full(tag);
    return [...new Set(tags)];
  }

  /** What every full key of a tag starts with. */
  get prefix(): string {
    return this.#keyspace.prefix;
  }

  full(tag: string): string {
    return this.#keyspace.full(tag);
  }

  /** Their versions, new ones where there are none; to be read before a load starts. @param forMs how long they are needed. */
  async ensured(engine: Engine, tags: readonly string[], forMs: number): Promise<TagVersions> {
    const input = { version: nanoid(), forMs };
    const versions = await Promise.all(
      tags.map((tag) => engine.run(ensureTag, [this.full(tag)], input)),
    );
    return new Map(tags.map((tag, position) => [tag, versions[position]]));
  }

  async versions(reads: NearReads, tags: readonly string[]): Promise<TagVersions> {
    if (tags.length === 0) return new Map();
    const versions = await reads.getMany(tags.map((tag) => this.full(tag)));
    return new Map(tags.map((tag, position) => [tag, versions[position]]));
  }

  async invalidate(engine: Engine, tag: string): Promise<void> {
    await engine.delete([this.full(tag)]);
  }
}

/** Whether every tag still has the version from `then`. */
export function isCurrent(then: TagVersions, now: TagVersions): boolean {
  for (const [tag, version] of then) if (now.get(tag) !== version) return false;
  return true;
}

export function hasAll(versions: TagVersions, tags: readonly string[]): boolean {
  return tags.every((tag) => versions.has(tag));
}
