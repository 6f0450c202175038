// This machine in its group: its epoch, and which of its own entries count.

/** The last entry of an epoch that counts. */
export interface LastCommitted {
  readonly epoch: number;
  readonly seq: number;
}

export class Self {
  readonly id: string;
  epoch = 1;
  /** The last entry of this epoch that counts. */
  seq = 0;
  /** When that was appended, by the clock of the log. */
  atMs = 0;
  /** Since when it is in the group, by the clock of the log. */
  sinceMs: number | undefined;
  isPresent = false;
  /** The others have forgotten this machine, and its next hello is not in the log yet. */
  isForgotten = false;
  /** Of the last epoch before this one in which any entry counted. */
  #committed: LastCommitted | undefined;

  constructor(id: string) {
    this.id = id;
  }

  /** @returns the last entry of the epochs before that counts */
  startEpoch(): LastCommitted | undefined {
    if (this.seq > 0) this.#committed = { epoch: this.epoch, seq: this.seq };
    this.epoch++;
    this.seq = 0;
    this.isPresent = false;
    return this.#committed;
  }

  /** This epoch has begun. */
  joined(atMs: number): void {
    this.isPresent = true;
    this.sinceMs ??= atMs;
    this.isForgotten = false;
  }
}
