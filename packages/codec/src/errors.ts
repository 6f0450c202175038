// The base of every Muster error, and the two errors of the codec.

/**
 * What every error of Muster is. A class per failure, told apart by its `code`: `instanceof` fails where
 * two copies of a package are loaded, and an error that came from another process is a plain `Error`.
 *
 * A subclass gives its code (`readonly code = 'MUSTER_…'`), and a message that says what happened, to what,
 * and what to do. Each code has a heading in docs/errors.md.
 */
export abstract class MusterError extends Error {
  /** `MUSTER_…`. Never changes between versions. */
  abstract readonly code: string;

  static {
    // On the prototype, not per instance: the first line of `stack` is written while Error's own
    // constructor runs, and has the name of the subclass only if it is found there and then.
    Object.defineProperty(MusterError.prototype, 'name', {
      configurable: true,
      get(this: MusterError): string {
        return this.constructor.name;
      },
      set(this: MusterError, name: string) {
        Object.defineProperty(this, 'name', { value: name, writable: true, configurable: true });
      },
    });
  }
}

/** A value, or a part of it, cannot be carried to another process. Nothing was encoded. */
export class UnsupportedValueError extends MusterError {
  readonly code = 'MUSTER_UNSUPPORTED_VALUE';

  /** Where in the value: `$` is the value itself, `$.user.tags[2]` a part of it. */
  readonly path: string;

  /** @param reason says what is there and what to do, as in "a function cannot be carried; leave it out". */
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`Unsupported value at ${path}: ${reason}`, options);
    this.path = path;
  }
}

/** A text or wire form is not one that the codec wrote. The `cause` says what is wrong with it. */
export class CorruptValueError extends MusterError {
  readonly code = 'MUSTER_CORRUPT_VALUE';

  constructor(reason: string, options?: ErrorOptions) {
    super(`Corrupt value: ${reason}`, options);
  }
}
