// What an app may throw by mistake, or because a client sent it: each throws where it is looked at, or has no text.
// @ts-check

/** @param {object} [of] */
function revoked(of = {}) {
  const { proxy, revoke } = Proxy.revocable(of, {});
  revoke();
  return proxy;
}

/** @param {string} field */
const withGetter = (field) =>
  Object.defineProperty(new Error('x'), field, {
    get() {
      throw new Error('not to be read');
    },
  });

/** @type {Readonly<Record<string, () => unknown>>} */
export const oddThrows = {
  'an object without a prototype': () => Object.create(null),
  'JSON that has toString': () => JSON.parse('{ "message": "x", "toString": 1 }'),
  'an object whose toString throws': () => ({
    toString() {
      throw new Error('no text');
    },
  }),
  'a revoked proxy': () => revoked(),
  'a revoked function': () => revoked(() => {}),
  'a proxy without a prototype': () =>
    new Proxy(
      {},
      {
        getPrototypeOf() {
          throw new Error('not to be asked');
        },
      },
    ),
  'an error with a symbol as its message': () =>
    Object.assign(new Error('x'), { message: Symbol('s') }),
  'an error whose message throws': () => withGetter('message'),
  'an error whose stack throws': () => withGetter('stack'),
  'an error whose name throws': () => withGetter('name'),
  'an error whose cause throws': () => withGetter('cause'),
  'an error whose cause is a revoked proxy': () => new Error('x', { cause: revoked() }),
  'a symbol': () => Symbol('s'),
  nothing: () => undefined,
};
