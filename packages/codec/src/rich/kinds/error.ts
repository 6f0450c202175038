// Errors: name, message, stack, code, cause, errors and own enumerable fields.

import { classNamed, classOf } from '../classes.js';
import { ownField, refuseSymbolKeys } from '../properties.js';
import type { Kind } from './kind.js';

/**
 * The form of an Error in JSON. A property that an error does not have is not in its form; one that it has as an own
 * enumerable property, be it `cause` or `errors`, is among the fields.
 */
interface ErrorForm {
  /** The nearest class that JavaScript has built in. */
  type: string;
  /** The registered class, if it is an instance of one. */
  class?: string;
  name: string;
  message: string;
  /** Of the process where it was made; the one that decodes adds nothing. */
  stack?: string;
  /** A subclass may have it on its prototype. */
  code?: string | number;
  cause?: unknown;
  errors?: unknown;
  fields?: object;
}

const builtIns = new Map(
  [
    Error,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
    AggregateError,
    DOMException,
  ].map((Class) => [Class.name, Class as ErrorConstructor]),
);

const { getPrototypeOf, hasOwn } = Object;
const isEnumerable = Object.prototype.propertyIsEnumerable;

export const errorKind: Kind<Error> = {
  name: 'Error',

  is: (value): value is Error =>
    value instanceof Error && typeOf(value) !== undefined && classOf(value)?.form !== 'plain',

  check(error, path, visit) {
    refuseSymbolKeys(error, path);
    for (const step of ['name', 'message'] as const) {
      if (typeof error[step] !== 'string') {
        path.refuse(`the ${step} of an Error is a string; move this to another field`, { step });
      }
    }
    // The form is one level; `cause` and `errors` are in it, and the fields are an object of their own.
    path.open(error, 1);
    const form = formOf(error);
    for (const key of ['cause', 'errors'] as const) {
      path.push(key);
      if (key in form) visit(form[key], path);
      path.pop();
    }
    if (form.fields) visit(form.fields, path);
    path.close(error, 1);
  },

  toForm: formOf,

  fromForm(form) {
    if (typeof form !== 'object' || form === null) throw new TypeError('an Error is an object');
    const { type, name, message, stack } = Object.fromEntries(
      ['type', 'name', 'message', 'stack'].map((key) => [key, ownField(form, key)]),
    );
    const BuiltIn = typeof type === 'string' && builtIns.get(type);
    if (!BuiltIn || typeof name !== 'string' || typeof message !== 'string') {
      throw new TypeError('an Error has a known type, a name and a message');
    }
    if (stack !== undefined && typeof stack !== 'string')
      throw new TypeError('a stack is a string');

    const error = construct(BuiltIn, classFrom(form), name, message, ownField(form, 'errors'));
    const hide = (key: string, value: unknown) =>
      Object.defineProperty(error, key, {
        value,
        writable: true,
        enumerable: false,
        configurable: true,
      });
    hide('stack', stack);
    if (error.name !== name) hide('name', name);
    for (const key of ['code', 'cause', 'errors'] as const) {
      const value = ownField(form, key);
      if (hasOwn(form, key) && (error as Partial<ErrorForm>)[key] !== value) hide(key, value);
    }
    const fields = ownField(form, 'fields');
    if (typeof fields === 'object' && fields !== null) {
      for (const [key, value] of Object.entries(fields)) {
        // Not only made enumerable: it comes after the fields that are before it.
        Reflect.deleteProperty(error, key);
        Object.defineProperty(error, key, {
          value,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      }
    }
    return error;
  },
};

/** The name of the nearest built-in class of this realm; none for an error of another realm. */
function typeOf(error: Error): string | undefined {
  for (
    let prototype: object | null = getPrototypeOf(error);
    prototype !== null;
    prototype = getPrototypeOf(prototype)
  ) {
    const { name } = prototype.constructor;
    if (builtIns.get(name)?.prototype === prototype) return name;
  }
  return undefined;
}

function formOf(error: Error): ErrorForm {
  const { name, message, stack } = error;
  const form: ErrorForm = { type: typeOf(error) ?? 'Error', name, message };
  const registered = classOf(error);
  if (registered) form.class = registered.name;
  // Error.prepareStackTrace may make anything of it.
  if (typeof stack === 'string') form.stack = stack;
  for (const key of ['cause', 'errors'] as const) {
    if (hasOwn(error, key) && !isEnumerable.call(error, key)) {
      form[key] = (error as Partial<ErrorForm>)[key];
    }
  }
  const { code } = error as { code?: unknown };
  const hasCode = typeof code === 'string' || typeof code === 'number';
  if (hasCode && !isEnumerable.call(error, 'code')) form.code = code;
  const fields = Object.entries(error);
  if (fields.length > 0) form.fields = Object.fromEntries(fields);
  return form;
}

function classFrom(form: object): { prototype: object } | undefined {
  const name = ownField(form, 'class');
  if (name === undefined) return undefined;
  const registered = typeof name === 'string' ? classNamed(name) : undefined;
  if (registered?.form !== 'error') {
    throw new TypeError(`the class ${String(name)} of an Error is not registered in this process`);
  }
  return registered;
}

/** A real Error with the prototype of the registered class, whose own constructor is not called. */
function construct(
  BuiltIn: ErrorConstructor,
  registered: { prototype: object } | undefined,
  name: string,
  message: string,
  errors: unknown,
): Error {
  let args: unknown[] = [message];
  if (BuiltIn === (AggregateError as unknown))
    args = [Array.isArray(errors) ? errors : [], message];
  if (BuiltIn === (DOMException as unknown)) args = [message, name];
  const error: Error = Reflect.construct(BuiltIn, args);
  if (registered) Object.setPrototypeOf(error, registered.prototype);
  return error;
}
