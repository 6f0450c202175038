// Every timer and clock that a test can fake, faked as @sinonjs/fake-timers does it (which vitest has inside), and never let go on:
// the globals, those of `process`, and the functions of node:timers as `require` gives them.
// @ts-check

import timers from 'node:timers';
import timersPromises from 'node:timers/promises';

const TrueDate = Date;

class Timeout {
  ref() {
    return this;
  }

  unref() {
    return this;
  }

  refresh() {
    return this;
  }

  hasRef() {
    return false;
  }

  [Symbol.toPrimitive]() {
    return 1;
  }
}

class StoppedDate extends TrueDate {
  /** @param {[]} given */
  constructor(...given) {
    if (given.length > 0) super(...given);
    else super(0);
  }

  /** @override */
  static now() {
    return 0;
  }
}

/** `process.nextTick` is left alone: Node's own streams call it, and would stop as well. */
export function fakeEverything() {
  for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
    Reflect.set(globalThis, name, () => new Timeout());
    Reflect.set(timers, name, () => new Timeout());
    Reflect.set(timersPromises, name, () => new Promise(() => {}));
  }
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) {
    Reflect.set(globalThis, name, () => {});
    Reflect.set(timers, name, () => {});
  }
  globalThis.Date = /** @type {DateConstructor} */ (/** @type {unknown} */ (StoppedDate));
  globalThis.queueMicrotask = () => {};
  Object.defineProperty(globalThis, 'performance', { value: { now: () => 0, timeOrigin: 0 } });
  const hrtime = () => [0, 0];
  Reflect.set(process, 'hrtime', Object.assign(hrtime, { bigint: () => 0n }));
}
