/**
 * Delivers numbered packets in the order of their numbers, whatever order they arrive in. Messages without a number keep
 * their place: they wait for the packets before them. Knows nothing of sockets, stores or time.
 */
export class DeliveryOrder {
  #delivered: number | undefined;
  /** The highest number that is known to be taken. */
  #highest = 0;
  /** Where `start` began, and what has arrived since of that and before. */
  #startedAt = 0;
  readonly #late = new Set<number>();
  readonly #waiting = new Map<number, () => void>();
  readonly #behind: { readonly after: number; readonly run: () => void }[] = [];

  /** The number up to which everything is delivered; `undefined` before `start`. */
  get delivered(): number | undefined {
    return this.#delivered;
  }

  /** `head` is the last number that had been taken when this process began to listen. Packets that wait are delivered. */
  start(head: number): void {
    if (this.#delivered !== undefined) return;
    this.#startedAt = Math.min(head, this.#firstWaiting() - 1);
    this.#delivered = this.#startedAt;
    this.expect(head);
    this.#advance();
  }

  /**
   * The packet with this number is here. A packet that was delivered already is ignored. One from before the start, which came too
   * late to be put in order, runs `runLate` once.
   */
  offer(number: number, run: () => void, runLate?: () => void): void {
    if (this.#delivered !== undefined && number <= this.#delivered) {
      if (number > this.#startedAt || this.#late.has(number)) return;
      this.#late.add(number);
      runLate?.();
      return;
    }
    this.expect(number);
    if (!this.#waiting.has(number)) this.#waiting.set(number, run);
    this.#advance();
  }

  /** Runs `run` after every packet whose number is known so far. */
  follow(run: () => void): void {
    if (this.#highest <= (this.#delivered ?? 0)) run();
    else this.#behind.push({ after: this.#highest, run });
  }

  /** This number, and all before it, are taken. */
  expect(number: number): void {
    this.#highest = Math.max(this.#highest, number);
  }

  /** The first run of numbers that are taken, and have not arrived. */
  gap(): { readonly from: number; readonly to: number } | undefined {
    if (this.#delivered === undefined || this.#delivered >= this.#highest) return undefined;
    return { from: this.#delivered + 1, to: Math.min(this.#highest, this.#firstWaiting() - 1) };
  }

  /** Gives up what has not arrived up to this number. */
  skipTo(number: number): void {
    while (this.#firstWaiting() <= number) this.#deliver(this.#firstWaiting());
    this.#delivered = Math.max(this.#delivered ?? 0, number);
    this.#advance();
  }

  #firstWaiting(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const number of this.#waiting.keys()) first = Math.min(first, number);
    return first;
  }

  #advance(): void {
    while (this.#delivered !== undefined && this.#waiting.has(this.#delivered + 1)) {
      this.#deliver(this.#delivered + 1);
      this.#runBehind();
    }
    this.#runBehind();
  }

  #runBehind(): void {
    while ((this.#behind[0]?.after ?? Number.POSITIVE_INFINITY) <= (this.#delivered ?? 0)) {
      this.#behind.shift()?.run();
    }
  }

  #deliver(number: number): void {
    const run = this.#waiting.get(number);
    this.#waiting.delete(number);
    this.#delivered = number;
    run?.();
  }
}
