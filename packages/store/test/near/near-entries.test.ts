// What is kept, and what is given: every order of a few events, and each rule that could be forgotten.
import { describe, expect, it } from 'vitest';
import { EXPIRING_MS, NearEntries } from '../../dist/near/near-entries.js';
import { MAX_STALE, type Most, NearModel, type Step } from './near-model.js';

const LIMITS = { maxEntries: 10, maxStaleMs: MAX_STALE };

/** Each is searched to its end. */
const SCENES = {
  'another process writes': {
    ...{ get: 2, serve: 2, reply: 1, feed: 2 },
    ...{ otherWrites: 1, confirm: 1, tick: 1 },
  },
  'this process writes': { get: 2, serve: 3, reply: 3, feed: 1, ownWrites: 1, confirm: 1 },
  'the feed breaks': {
    ...{ get: 2, serve: 1, reply: 1, otherWrites: 1 },
    ...{ cut: 1, back: 1, confirm: 1, feed: 1, tick: 1 },
  },
} satisfies Record<string, Most>;

/** A sequence of steps that gives what must not be given. */
function search(most: Most, create: () => NearEntries): string | undefined {
  const steps = Object.keys(most) as Step[];
  const path: Step[] = [];
  const visit = (): string | undefined => {
    const model = new NearModel(create(), most);
    for (const step of path) {
      const wrong = model.take(step);
      if (wrong) return `${path.join(' ')}: ${wrong}`;
    }
    for (const step of steps) {
      if (!model.can(step)) continue;
      path.push(step);
      const found = visit();
      if (found) return found;
      path.pop();
    }
    return undefined;
  };
  return visit();
}

describe('every order of events', () => {
  it.each(Object.entries(SCENES))('where %s', (_, most) => {
    expect(search(most, () => new NearEntries(LIMITS))).toBeUndefined();
  });
});

/** Each forgets one rule. */
const FAULTS: [what: string, scene: keyof typeof SCENES, create: () => NearEntries][] = [
  [
    'an invalidation is not heard',
    'another process writes',
    () =>
      new (class extends NearEntries {
        override drop(): void {}
      })(LIMITS),
  ],
  [
    'a reply is kept though the key has changed since the read was sent',
    'another process writes',
    () =>
      new (class extends NearEntries {
        override fill(...[key, , ...rest]: Parameters<NearEntries['fill']>): void {
          this.drop(key);
          const entry = this.begin(key);
          if (entry) super.fill(key, entry, ...rest);
        }
      })(LIMITS),
  ],
  [
    'a confirmation counts from when it came',
    'another process writes',
    () =>
      new (class extends NearEntries {
        override confirm(): void {
          super.confirm(Number.POSITIVE_INFINITY);
        }
      })(LIMITS),
  ],
  [
    'a gap drops nothing',
    'the feed breaks',
    () =>
      new (class extends NearEntries {
        override clear(): void {}
      })(LIMITS),
  ],
  [
    'a write of its own drops only when it has ended',
    'this process writes',
    () =>
      new (class extends NearEntries {
        #drops = 0;
        override drop(key: string): void {
          if (++this.#drops > 1) super.drop(key);
        }
      })(LIMITS),
  ],
];

it.each(FAULTS)('the search finds it where %s', (_, scene, create) => {
  expect(search(SCENES[scene], create)).toBeDefined();
});

describe('an entry', () => {
  const kept = (ttlMs: number) => {
    const entries = new NearEntries({ maxEntries: 3, maxStaleMs: 100_000 });
    entries.confirm(1_000);
    const entry = entries.begin('key');
    if (entry) entries.fill('key', entry, 'text', ttlMs, 1_000);
    return entries;
  };

  it.each([
    // When the read was sent, 5.x ms were left at most: it ends no later, whenever the server looked.
    [5, 1_003.9, true],
    [5, 1_004, false],
    [1, 1_000, false],
    [Number.POSITIVE_INFINITY, 99_999, true],
    [EXPIRING_MS * 2, 1_000 + EXPIRING_MS - 1, true],
    [EXPIRING_MS * 2, 1_000 + EXPIRING_MS, false],
  ])('with %d ms left at 1000 is given at %d: %s', (ttlMs, now, isGiven) => {
    expect(typeof kept(ttlMs).find('key', now) === 'object').toBe(isGiven);
  });

  it('that has not been given for longest makes room for others', () => {
    const entries = kept(Number.POSITIVE_INFINITY);
    const keep = (key: string) => {
      const entry = entries.begin(key);
      if (entry) entries.fill(key, entry, key, Number.POSITIVE_INFINITY, 1_000);
    };
    keep('second');
    keep('third');
    entries.find('key', 1_000);
    keep('fourth');
    expect(entries.size).toBe(3);
    const found = ['key', 'second', 'third', 'fourth'].map(
      (key) => typeof entries.find(key, 1_000),
    );
    expect(found).toEqual(['object', 'string', 'object', 'object']);
  });
});
