// Whether something was put on a prototype, or taken from one.

const watched = [
  Object,
  Array,
  Function,
  String,
  Number,
  Boolean,
  Map,
  Set,
  Date,
  RegExp,
  Error,
  TypeError,
  Promise,
  URL,
  Buffer,
  Uint8Array,
].flatMap((Class) => [Class as object, Class.prototype as object]);

function snapshot(): unknown[] {
  return watched.map((object) => {
    // How long stacks are is a setting, which fast-check changes while it runs.
    const keys = Reflect.ownKeys(object).filter((key) => key !== 'stackTraceLimit');
    const fields = keys.map((key) => {
      const { value, get, set } = Object.getOwnPropertyDescriptor(object, key) ?? {};
      return [key, value, get, set];
    });
    return [Object.getPrototypeOf(object), ...fields].flat();
  });
}

const clean = snapshot();

/** True if the prototypes and classes that are built in are not what they were when the test began. */
export function isPolluted(): boolean {
  const now = snapshot();
  return clean.some((fields, index) => {
    const before = fields as unknown[];
    const after = now[index] as unknown[];
    return (
      before.length !== after.length || before.some((field, at) => !Object.is(field, after[at]))
    );
  });
}

/** Grows when something is put on a prototype: a check that is cheap enough for 10,000 runs. */
export function countProperties(): number {
  return watched.reduce((count, object) => count + Reflect.ownKeys(object).length, 0);
}
