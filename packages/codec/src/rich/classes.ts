// Classes of the application, so that their instances are carried and not refused.

import { InvalidClassError } from '../errors.js';
import { registerKind, superjson } from './superjson.js';

/** A class whose instances are `T`; its constructor may be private, as it is not called. */
export interface ClassOf<T> {
  readonly name: string;
  readonly prototype: T;
}

export interface RegisterClassOptions<T, P> {
  /** Stands in the text. Default: the name of the class, which a minifier may change. */
  readonly name?: string;
  /** The state of an instance as a value that plain JSON carries exactly. */
  readonly toPlain?: (instance: T) => P;
  /** The way back. Given what `toPlain` gave, in this process or another; whatever it throws is a corrupt value. */
  readonly fromPlain?: (plain: P) => T;
}

interface Registration {
  readonly name: string;
  readonly prototype: object;
  /**
   * `fields`: carried as its own enumerable fields. `error`: an Error, so also as what an Error has beside
   * them. `plain`: by its two functions.
   */
  readonly form: 'fields' | 'error' | 'plain';
  readonly toPlain?: ((instance: object) => unknown) | undefined;
}

const byName = new Map<string, Registration>();
const byPrototype = new Map<object, Registration>();

export const classNamed = (name: string): Registration | undefined => byName.get(name);

/** The registration of exactly this class: an instance of a subclass needs one of its own. */
export const classOf = (instance: object): Registration | undefined =>
  byPrototype.get(Object.getPrototypeOf(instance));

/**
 * Has the instances of a class carried, in every process that registered it under the same name.
 *
 * Without `toPlain` and `fromPlain` an instance is its own enumerable fields, of any kind that the codec
 * carries, and comes back with its prototype but without a call of its constructor. That is not enough for a
 * class with `#private` fields, or one that extends Map or another built-in but Error: those need both
 * functions. To register a class again does nothing.
 *
 * @throws InvalidClassError where the name is taken, or the class needs what was not given.
 */
export function registerClass<T extends object, P = unknown>(
  Class: ClassOf<T>,
  options: RegisterClassOptions<T, P> = {},
): void {
  const { name = Class.name, toPlain, fromPlain } = options;
  const { prototype } = Class;
  const known = byPrototype.get(prototype);
  if (known?.name === name) return;
  if (known) refuse(`it is registered as ${known.name} already; one name is enough`);
  if (name === '') refuse('it has no name; give one as { name }');
  if (byName.has(name))
    refuse(`another class has the name ${name}; give a different one as { name }`);
  if (prototype.constructor !== Class)
    refuse('its prototype does not name it as constructor; use a class');
  if (isBuiltIn(Class)) refuse('it is built in; register a subclass of it');
  if (!toPlain !== !fromPlain)
    refuse('toPlain and fromPlain are only of use together; give both or none');

  const isError = prototype instanceof Error;
  if (!toPlain && !isError) {
    const base = builtInBase(prototype);
    if (base)
      refuse(`it extends ${base}, whose contents are not fields; give toPlain and fromPlain`);
  }
  const form = toPlain ? 'plain' : isError ? 'error' : 'fields';
  const registration = { name, prototype, form, toPlain } as Registration;
  byName.set(name, registration);
  byPrototype.set(prototype, registration);

  if (form === 'fields') superjson.registerClass(Class as never, name);
  if (toPlain && fromPlain) {
    registerKind<T>({
      name: plainFormName(name),
      is: (value): value is T =>
        typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === prototype,
      // In a list, because superjson walks into the form of some classes, and expects to find fields there.
      toForm: (instance) => [toPlain(instance)],
      fromForm(list) {
        if (!Array.isArray(list) || list.length !== 1)
          throw new TypeError('a plain form is in a list');
        return fromPlain(list[0] as P);
      },
    });
  }

  function refuse(reason: string): never {
    throw new InvalidClassError(Class.name, reason);
  }
}

/** Apart from the names of the kinds. */
export const plainFormName = (name: string): string => `class:${name}`;

function builtInBase(prototype: object): string | undefined {
  for (
    let base: object | null = Object.getPrototypeOf(prototype);
    base !== null && base !== Object.prototype;
    base = Object.getPrototypeOf(base)
  ) {
    if (isBuiltIn(base.constructor)) return base.constructor.name;
  }
  return undefined;
}

function isBuiltIn(candidate: unknown): boolean {
  return (
    typeof candidate === 'function' &&
    /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(candidate))
  );
}
