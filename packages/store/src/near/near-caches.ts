// The near caches of one process on one address: all of them drop a key that one of the stores writes.

/** Called with a full key of the server that is being written, or has just been written. */
type Dropper = (name: string) => void;

export class NearCaches {
  readonly #droppers = new Set<Dropper>();

  get isUsed(): boolean {
    return this.#droppers.size > 0;
  }

  /** @returns a function that removes the dropper. */
  add(dropper: Dropper): () => void {
    this.#droppers.add(dropper);
    return () => this.#droppers.delete(dropper);
  }

  /**
   * Runs a write. A read between its start and its end may return the old value, and no near cache of these stores keeps it.
   */
  async around<Output>(names: readonly string[], write: () => Promise<Output>): Promise<Output> {
    this.#drop(names);
    try {
      return await write();
    } finally {
      this.#drop(names);
    }
  }

  #drop(names: readonly string[]): void {
    for (const drop of this.#droppers) for (const name of names) drop(name);
  }
}
