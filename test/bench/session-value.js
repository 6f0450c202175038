// What the store's benches write.
// @ts-check

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
