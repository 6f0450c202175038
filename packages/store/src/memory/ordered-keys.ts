// Keys in the order of their bytes, for ranges of them.

export class OrderedKeys {
  readonly #keys: string[];

  constructor(keys: Iterable<string>) {
    this.#keys = [...keys].sort(byBytes);
  }

  add(key: string): void {
    const at = this.#placeOf(key);
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key);
  }

  delete(key: string): void {
    const at = this.#placeOf(key);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  /** From `from` on and before `to`; with `reverse` the other way round. */
  *within(from: string, to: string, reverse: boolean): Generator<string> {
    const [start, end] = [this.#placeOf(from), this.#placeOf(to)];
    for (let step = 0; step < end - start; step++) {
      const key = this.#keys[reverse ? end - 1 - step : start + step];
      if (key !== undefined) yield key;
    }
  }

  /** Of the first key that is not before this one. */
  #placeOf(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (byBytes(this.#keys[middle] ?? '', key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** In the order of UTF-8, which is not that of JavaScript where there are surrogates. */
export function byBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at === length ? a.length - b.length : rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
}

/** What surrogates stand for comes after all that has no need of them. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
