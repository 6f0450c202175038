// The base of every Muster error, the one for a bad option, and the errors of the codec.

/**
 * The base of every error of Muster. There is a class per failure, told apart by its `code`: `instanceof` fails where
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

/**
 * An option, or an argument, of any call of Muster is not what the contract asks for. Nothing was done. All packages throw this
 * one class, and export it.
 *
 * The message names the option, shows the value with its type, and says what to give or what was probably meant.
 */
export class InvalidOptionError extends MusterError {
  readonly code = 'MUSTER_INVALID_OPTION';
}

/** A value, or a part of it, cannot be carried to another process. Nothing was encoded. */
export class UnsupportedValueError extends MusterError {
  readonly code = 'MUSTER_UNSUPPORTED_VALUE';

  /** Where in the value: `$` is the value itself, `$.user.tags[2]` a part of it. Whole, where the message shortens it. */
  readonly path: string;

  /** @param reason says what is there and what to do, as in "a function cannot be carried; leave it out". */
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`Unsupported value at ${shortened(path)}: ${reason}`, options);
    this.path = path;
  }
}

/** A message is read by people; 500 levels are not. */
function shortened(path: string): string {
  return path.length <= 200 ? path : `${path.slice(0, 120)} … ${path.slice(-60)}`;
}

/**
 * A text or wire form is not one that the codec wrote, or was written by a process that knows more classes
 * than this one. The `cause`, where there is one, is the error of whoever tried to read it.
 */
export class CorruptValueError extends MusterError {
  readonly code = 'MUSTER_CORRUPT_VALUE';

  constructor(reason: string, options?: ErrorOptions) {
    super(`Corrupt value: ${reason}`, options);
  }
}

/** A class cannot be registered as it was asked for. */
export class InvalidClassError extends MusterError {
  readonly code = 'MUSTER_INVALID_CLASS';

  constructor(name: string, reason: string) {
    super(`Cannot register the class ${name || '(anonymous)'}: ${reason}`);
  }
}
