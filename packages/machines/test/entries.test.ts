import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEntry, type Entry, encodeEntry } from '../dist/entries/entry.js';
import { sealOf } from '../dist/entries/seal.js';

const id = fc.stringMatching(/^[\w-]{8,32}$/);
const name = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?$/);
const count = fc.integer({ min: 1, max: 2 ** 40 });
const bytes = fc.uint8Array({ maxLength: 200 }).map((it) => Buffer.from(it));

const content = fc.oneof(
  fc.record({
    kind: fc.constant('hello' as const),
    name,
    sinceMs: count,
    committed: fc.option(fc.record({ epoch: count, seq: count }), { nil: undefined }),
    lost: fc.boolean(),
    known: fc.array(fc.string({ maxLength: 60 }), { maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant('identity' as const), name, to: id, sinceMs: count }),
  fc.record({ kind: fc.constant('sync' as const), to: id, valuesOnly: fc.boolean() }),
  fc.record({ kind: fc.constant('synced' as const), to: id, request: fc.tuple(count, count) }),
  fc.record({
    kind: fc.constant('data' as const),
    attempts: fc.option(fc.array(fc.tuple(count, count), { maxLength: 4 }), { nil: undefined }),
  }),
  fc.record({ kind: fc.constantFrom('heartbeat' as const, 'leave' as const) }),
);

const entry = fc
  .tuple(
    fc.record({ machine: id, epoch: count, seq: count, seenMs: count }),
    content,
    fc.array(fc.record({ to: fc.oneof(fc.constant(''), id), bytes }), { maxLength: 4 }),
  )
  .map(([head, what, sections]): Entry => ({ ...head, ...what, sections }));

describe('entries', () => {
  test('what one machine writes is what another one reads', () => {
    fc.assert(
      fc.property(entry, (written) => {
        expect(decodeEntry(encodeEntry(written))).toEqual(written);
      }),
    );
  });

  test('bytes of anybody give an entry or nothing, and never a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
        decodeEntry(Buffer.from(any));
      }),
    );
    fc.assert(
      fc.property(entry, fc.nat(), fc.nat({ max: 255 }), (written, at, byte) => {
        const encoded = encodeEntry(written);
        encoded[at % encoded.length] = byte;
        decodeEntry(encoded);
        decodeEntry(encoded.subarray(0, at % encoded.length));
      }),
    );
  });

  test.each([
    ['another version', (it: Buffer) => it.fill(9, 0, 1)],
    ['a head that is longer than all', (it: Buffer) => it.fill(255, 4, 8)],
    ['bytes after its sections', (it: Buffer) => Buffer.concat([it, Buffer.from('x')])],
    ['less than a prefix', (it: Buffer) => it.subarray(0, 7)],
  ])('%s is refused', (_, change) => {
    const head = { machine: 'machine-1', epoch: 1, seq: 1, seenMs: 0 };
    const sections = [{ to: '', bytes: Buffer.from('abc') }];
    expect(
      decodeEntry(change(encodeEntry({ ...head, kind: 'data', attempts: undefined, sections }))),
    ).toBeUndefined();
  });
});

describe('a seal', () => {
  const written = Buffer.from('an entry');
  const seal = sealOf('a secret of the group', 'shop');

  test('opens what was closed with the same secret and group, as it was', () => {
    expect(sealOf('a secret of the group', 'shop').open(seal.close(written))).toEqual(written);
  });

  test('refuses what was changed, moved to another group, or sealed with another secret', () => {
    const closed = seal.close(written);
    expect(sealOf('a secret of the group', 'other').open(closed)).toBeUndefined();
    expect(sealOf('another secret of it', 'shop').open(closed)).toBeUndefined();
    for (let at = 0; at < closed.length; at++) {
      const changed = Buffer.from(closed);
      changed[at] = (changed[at] as number) ^ 1;
      expect(seal.open(changed)).toBeUndefined();
    }
    expect(seal.open(written)).toBeUndefined();
    expect(seal.open(Buffer.alloc(0))).toBeUndefined();
  });

  test('without a secret entries are as they are', () => {
    expect(sealOf(undefined, 'shop').close(written)).toBe(written);
  });
});
