// What the bench and its workers call.
// @ts-check

export const KEYS = 1_000;

/** About 1 KB of JSON, as a session is. */
export const VALUE = {
  cookie: {
    originalMaxAge: 86_400_000,
    expires: '2030-01-01T00:00:00.000Z',
    httpOnly: true,
    path: '/',
  },
  user: { id: 'u_1234567890', name: 'Ada Lovelace', roles: ['admin', 'editor'], verified: true },
  cart: Array.from({ length: 8 }, (_, n) => ({
    sku: `sku-${n}-abcdef`,
    count: n + 1,
    price: n * 9.99,
  })),
  flash: 'x'.repeat(300),
};

/** @typedef {(n: number) => Promise<unknown>} Call */

/** Microseconds per call, one after the other. @param {Call} call @param {number} times */
export async function sequential(call, times, keys = KEYS) {
  const start = performance.now();
  for (let n = 0; n < times; n++) await call(n % keys);
  return ((performance.now() - start) * 1_000) / times;
}
