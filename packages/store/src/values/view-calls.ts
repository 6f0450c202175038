// How many arguments each call of a view takes, and a hint for calls with more.

const AS_ARRAY = 'give the keys as one array';

export const VIEW_CALLS = {
  get: { takes: 1, hint: 'for several keys, there is getMany()' },
  getMany: { takes: 1, hint: AS_ARRAY },
  getWithTtl: { takes: 1 },
  set: { takes: 3 },
  setMany: { takes: 2, hint: 'give the entries as one array' },
  has: { takes: 1, hint: 'for several keys, there is hasMany()' },
  hasMany: { takes: 1, hint: AS_ARRAY },
  delete: { takes: 1, hint: 'for several keys, there is deleteMany()' },
  deleteMany: { takes: 1, hint: AS_ARRAY },
  touch: { takes: 2 },
  ttlMs: { takes: 1, hint: 'to move the expiry, there is touch()' },
  increment: { takes: 3 },
  update: { takes: 3 },
  transaction: { takes: 3 },
  // A forgotten `next` would delete the key.
  compareAndSet: {
    takes: 4,
    needs: 3,
    hint: 'give key, expected, next; undefined as next deletes',
  },
  getAndDelete: { takes: 1 },
  keys: { takes: 1, gives: 'iterator' },
  entries: { takes: 1, gives: 'iterator' },
  count: { takes: 1 },
  clear: { takes: 1 },
  watch: { takes: 3 },
} as const;
