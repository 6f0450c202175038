// When each of many waits ends. Those that may wait equally long end in the order in which they began, so that
// a line and one timer for each length do: a timer for each wait costs more than the wait.

/** The longest that a timer of Node takes, in milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What waits. The fields are those of the line that it stands in. */
export interface Waiting {
  /** How long it may, in milliseconds. May be `Infinity`. */
  readonly timeoutMs: number;
  /** By performance.now(). */
  endsAt: number;
  before: this | undefined;
  after: this | undefined;
}

export class Deadlines<Item extends Waiting> {
  readonly #lines = new Map<number, Line<Item>>();
  readonly #late: (item: Item) => void;

  /** @param late is told of each that is still there when its time is over, once. */
  constructor(late: (item: Item) => void) {
    this.#late = late;
  }

  add(item: Item): void {
    const { timeoutMs } = item;
    let line = this.#lines.get(timeoutMs);
    if (line === undefined) {
      line = new Line(timeoutMs, this.#late, () => this.#lines.delete(timeoutMs));
      this.#lines.set(timeoutMs, line);
    }
    line.add(item);
  }

  delete(item: Item): void {
    this.#lines.get(item.timeoutMs)?.delete(item);
  }
}

class Line<Item extends Waiting> {
  readonly #late: (item: Item) => void;
  readonly #unused: () => void;
  #first: Item | undefined;
  #last: Item | undefined;
  #timer: NodeJS.Timeout;

  constructor(timeoutMs: number, late: (item: Item) => void, unused: () => void) {
    this.#late = late;
    this.#unused = unused;
    this.#timer = this.#timerIn(timeoutMs);
  }

  add(item: Item): void {
    item.endsAt = performance.now() + item.timeoutMs;
    item.before = this.#last;
    if (this.#last) this.#last.after = item;
    else {
      this.#first = item;
      this.#timer.ref();
    }
    this.#last = item;
  }

  delete(item: Item): void {
    const { before, after } = item;
    if (before) before.after = after;
    else if (this.#first === item) this.#first = after;
    else return;
    if (after) after.before = before;
    else this.#last = before;
    item.before = undefined;
    item.after = undefined;
    // Who waits for nothing need not stay alive.
    if (this.#first === undefined) this.#timer.unref();
  }

  #timerIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#look(), Math.min(ms, MAX_TIMER_MS));
  }

  #look(): void {
    const now = performance.now();
    while (this.#first !== undefined && this.#first.endsAt <= now) {
      const item = this.#first;
      this.delete(item);
      this.#late(item);
    }
    if (this.#first === undefined) this.#unused();
    else this.#timer = this.#timerIn(Math.ceil(this.#first.endsAt - now));
  }
}
