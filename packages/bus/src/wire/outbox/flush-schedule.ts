// When an outbox flushes: never in the middle of the code that pushes to it.

import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers';
import { nextTick } from '@muster/codec/timers';
import { waitsForMore } from './batching.js';

export interface ScheduledOutbox {
  flush(): void;
  /** How many messages the last frame had. */
  lastMessages(): number;
  /** Of what waits. */
  bytes(): number;
  isUrgent(): boolean;
}

export class FlushSchedule {
  readonly #outbox: ScheduledOutbox;
  #begun = false;

  constructor(outbox: ScheduledOutbox) {
    this.#outbox = outbox;
  }

  /**
   * A lone message leaves as soon as the code that runs now is done. Where the last frame had several, there
   * is traffic, and the next one leaves at the end of this turn of the event loop, with all that comes in it, or
   * a little later (batching.ts).
   */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    if (this.#outbox.lastMessages() <= 1) nextTick(() => this.#end());
    else this.#waitForTurns();
  }

  #waitForTurns(): void {
    const outbox = this.#outbox;
    const since = performance.now();
    let turns = 0;
    const turnEnds = () => {
      turns++;
      const waits = waitsForMore({
        turns,
        ms: performance.now() - since,
        bytes: outbox.bytes(),
        isUrgent: outbox.isUrgent(),
        lastMessages: outbox.lastMessages(),
      });
      if (waits) setImmediate(turnEnds);
      else this.#end();
    };
    setImmediate(turnEnds);
  }

  #end(): void {
    this.#begun = false;
    this.#outbox.flush();
  }
}
