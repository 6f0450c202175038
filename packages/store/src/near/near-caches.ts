// The near caches of one process on one address: what one store writes, those of all stores drop.

/** Is told that a key, as the server has it, is being written, or has been just now. */
type Dropper = (name: string) => void;

export class NearCaches {
  readonly #droppers = new Set<Dropper>();

  get isUsed(): boolean {
    return this.#droppers.size > 0;
  }

  /** @returns its unsubscribe. */
  add(dropper: Dropper): () => void {
    this.#droppers.add(dropper);
    return () => this.#droppers.delete(dropper);
  }

  /**
   * Makes a write. What is read between its start and its end may be from before it, and is kept by nobody, whichever of the
   * stores reads.
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
