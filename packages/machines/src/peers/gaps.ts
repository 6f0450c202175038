// Gaps that are open: entries of a machine were missed, and with them values that it retained or deleted. It is asked for these,
// and the gap is reported when the answer has come, so that a listener of `onGap` finds the values right.
//
// - Gaps of several machines are reported together: until all have answered, some values are wrong.
// - The answer to the last question counts: what was missed after an earlier one is not in the answer to that.
// - Who answers too late, or not at all, keeps nobody waiting: the gap is reported without it, and once more when the answer comes.
// - A machine that begins a new epoch answers no question of the one before, and neither does one that lets go of this machine.

/** After so long without an answer a gap is reported as it is, by the clock of the log, in milliseconds. */
const ANSWER_MS = 1_200;

export interface GapEvents {
  /** The machine is to be asked for its retained values. */
  ask(id: string): void;
  report(id: string, sinceMs: number): void;
}

interface Gap {
  sinceMs: number;
  /** The question in the log. `undefined` while it is on its way there. */
  request: { readonly seq: number; readonly atMs: number } | undefined;
  isAnswered: boolean;
  isReported: boolean;
}

export class Gaps {
  /** How many there were. */
  count = 0;
  readonly #open = new Map<string, Gap>();
  readonly #answerMs: number;
  readonly #events: GapEvents;

  /** @param goneMs after so long a silence a machine is gone: it answers in half of that, or too late */
  constructor(goneMs: number, events: GapEvents) {
    this.#answerMs = Math.min(ANSWER_MS, goneMs / 2);
    this.#events = events;
  }

  /** The machines that have to answer. */
  get machines(): readonly string[] {
    return [...this.#open].filter(([, gap]) => !gap.isAnswered).map(([id]) => id);
  }

  /** Whether this machine has to answer. */
  has(id: string): boolean {
    return this.#open.get(id)?.isAnswered === false;
  }

  /** Entries of this machine were missed. */
  missed(id: string, sinceMs: number): void {
    this.count++;
    const earliestMs = Math.min(sinceMs, this.#open.get(id)?.sinceMs ?? sinceMs);
    const gap = { request: undefined, isAnswered: false, isReported: false };
    this.#open.set(id, { sinceMs: earliestMs, ...gap });
    this.#events.ask(id);
  }

  /** The question to this machine is in the log. */
  asked(id: string, seq: number, atMs: number): void {
    const gap = this.#open.get(id);
    if (gap && !gap.isAnswered) gap.request = { seq, atMs };
  }

  /** The values that this question asks for have come. */
  answered(id: string, seq: number): void {
    const gap = this.#open.get(id);
    if (gap?.request?.seq !== seq) return;
    gap.isAnswered = true;
    this.#reportAnswered();
  }

  /** It lives, and has not answered for too long. */
  heard(id: string, nowMs: number): void {
    const gap = this.#open.get(id);
    if (gap && this.#isLate(gap, nowMs)) this.askAgain(id);
  }

  askAgain(id: string): void {
    const gap = this.#open.get(id);
    if (gap === undefined || gap.isAnswered) return;
    gap.request = undefined;
    this.#events.ask(id);
  }

  /** This machine begins a new epoch: all questions are to be asked in that. */
  startEpoch(): void {
    for (const gap of this.#open.values()) if (!gap.isAnswered) gap.request = undefined;
  }

  passTime(nowMs: number): void {
    for (const [id, gap] of this.#open) if (this.#isLate(gap, nowMs)) this.#report(id, gap);
    this.#reportAnswered();
  }

  /** The machine does not come back. */
  close(id: string): void {
    const gap = this.#open.get(id);
    if (gap) this.#report(id, gap);
    this.#open.delete(id);
    this.#reportAnswered();
  }

  #isLate({ request, isAnswered }: Gap, nowMs: number): boolean {
    return !isAnswered && request !== undefined && request.atMs + this.#answerMs < nowMs;
  }

  #report(id: string, gap: Gap): void {
    if (gap.isReported) return;
    gap.isReported = true;
    this.#events.report(id, gap.sinceMs);
  }

  /** Those that are answered, unless an answer is waited for. */
  #reportAnswered(): void {
    for (const gap of this.#open.values()) if (!gap.isAnswered && !gap.isReported) return;
    for (const [id, gap] of this.#open) {
      if (!gap.isAnswered) continue;
      this.#open.delete(id);
      this.#events.report(id, gap.sinceMs);
    }
  }
}
