// An error on its way to whoever asked: what of it crosses, and how it looks there.
//
// An error may hold anything: an AxiosError has the whole request, its credentials included. So only that crosses which is
// said here, and its length is bounded; an error of a class that is registered with the codec crosses whole.

import { isDate, isNativeError } from 'node:util/types';
import { isError as isOwnError } from '@muster/codec/thrown';
import { type Body, lengthOf, pack } from '../../wire/body.js';

/** The answer of the router, or of the process that was asked, instead of a reply. */
export interface Failure {
  readonly why: 'no-handler' | 'no-bus' | 'full' | 'threw';
  /** Whole, where its class is registered. */
  readonly error?: SerializedError | Error;
  readonly stack?: string;
}

/** The parts of an error that cross. */
interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause?: SerializedError;
  readonly errors?: readonly SerializedError[];
}

/** Of a message or a stack, and of a field that is a text, in characters. The rest is cut off. */
const TEXT_CHARS = 4_000;
const FIELD_CHARS = 1_000;
const MAX_FIELDS = 16;
/** Of what a field of `PLAIN_FIELDS` has, encoded, in characters. One that is longer does not cross. */
const PLAIN_CHARS = 4_000;
/** Of an error with its causes and the errors in it. */
const MAX_ERRORS = 8;
/** Up to which length an error crosses whole, encoded, in characters. */
const WHOLE_CHARS = 64 * 1024;

/** Fields that by their name are about what went wrong, and may hold plain data. In others a request may hide. */
const PLAIN_FIELDS: ReadonlySet<string> = new Set([
  'detail',
  'details',
  'extensions',
  'info',
  'issues',
]);
const SECRET = /passw|secret|token|authorization|cookie|credential|api_?key|session|signature/i;
const USER_INFO = /:\/\/[^\s/@]*@/g;
const OWN = ['name', 'message', 'stack', 'code', 'cause', 'errors'];

const BUILT_IN = new Map<string, ErrorConstructor>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((one) => [
    one.name,
    one,
  ]),
);

/** @returns what is sent of what a handler threw. Never throws. */
export function packThrown(thrown: unknown): Body {
  return (isError(thrown) ? packWhole(thrown) : undefined) ?? pack(serialized(thrown));
}

/** The error of a failure, as the requester sees it. The failure may be any value. */
export function errorOf({ error, stack }: Failure): Error {
  if (error instanceof Error) return withStack(error, stack);
  return isSerializedError(error) ? deserialized(error) : new Error('The handler failed');
}

/** Also of another realm. */
function isError(value: unknown): value is Error {
  return isOwnError(value) || isNativeError(value);
}

/** @returns `undefined` for a class that is not registered, and for an error that is too long. */
function packWhole(error: Error): Body | undefined {
  try {
    if (isBuiltIn(error)) return undefined;
    const { stack } = error;
    const body = pack({
      why: 'threw',
      error,
      ...(stack && { stack: shortened(stack, TEXT_CHARS) }),
    });
    return lengthOf(body) <= WHOLE_CHARS ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Others add fields to these as well: an old Axios adds the request to an `Error`. */
function isBuiltIn(error: Error): boolean {
  const name: unknown = Object.getPrototypeOf(error)?.constructor?.name;
  return name === 'AggregateError' || BUILT_IN.has(String(name));
}

function serialized(thrown: unknown): Failure {
  try {
    return { why: 'threw', error: serializedError(thrown, { left: MAX_ERRORS - 1 }) };
  } catch {
    // It throws where it is looked at.
    return { why: 'threw' };
  }
}

function serializedError(thrown: unknown, errors: { left: number }): SerializedError {
  if (typeof thrown !== 'object' || thrown === null) {
    return { name: 'Error', message: shortened(String(thrown), TEXT_CHARS), fields: {} };
  }
  const { name, message, stack, code, cause, errors: inner } = thrown as Record<string, unknown>;
  const serialize = (one: unknown) => {
    errors.left--;
    return serializedError(one, errors);
  };
  const isText = (value: unknown) => typeof value === 'string';
  const list: unknown[] = Array.isArray(inner) ? inner.filter(isError).slice(0, errors.left) : [];
  return {
    name: isText(name) ? shortened(name, FIELD_CHARS) : 'Error',
    message: isText(message)
      ? shortened(message, TEXT_CHARS)
      : 'The handler threw an object that is no error',
    fields: fieldsOf(thrown),
    ...(isText(stack) && { stack: shortened(stack, TEXT_CHARS) }),
    ...(isText(code) && { code: shortened(code, FIELD_CHARS) }),
    ...(typeof code === 'number' && { code }),
    ...(isError(cause) && errors.left > 0 && { cause: serialize(cause) }),
    ...(list.length > 0 && { errors: list.map(serialize) }),
  };
}

function fieldsOf(error: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  let left = MAX_FIELDS;
  for (const key of Object.keys(error)) {
    if (left === 0) break;
    if (key.length > FIELD_CHARS || OWN.includes(key) || SECRET.test(key)) continue;
    const value = (error as Record<string, unknown>)[key];
    if (!crosses(key, value)) continue;
    fields[key] = typeof value === 'string' ? shortened(value, FIELD_CHARS) : value;
    left--;
  }
  return fields;
}

function crosses(key: string, value: unknown): boolean {
  if (typeof value === 'object') {
    if (value === null || isDate(value)) return true;
    return PLAIN_FIELDS.has(key) && isShortData(value);
  }
  return ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
}

function isShortData(value: object): boolean {
  try {
    return lengthOf(pack(value)) <= PLAIN_CHARS;
  } catch {
    return false;
  }
}

function shortened(text: string, chars: number): string {
  const start = text.slice(0, chars).replace(USER_INFO, '://…@');
  return text.length > chars ? `${start}… (${text.length} characters)` : start;
}

function isSerializedError(value: unknown): value is SerializedError {
  if (typeof value !== 'object' || value === null) return false;
  const { name, message, fields } = value as Partial<Record<keyof SerializedError, unknown>>;
  return (
    typeof name === 'string' &&
    typeof message === 'string' &&
    typeof fields === 'object' &&
    fields !== null
  );
}

function deserialized({
  name,
  message,
  stack,
  code,
  fields,
  cause,
  errors,
}: SerializedError): Error {
  const options = isSerializedError(cause) ? { cause: deserialized(cause) } : undefined;
  const inner = Array.isArray(errors)
    ? errors.filter(isSerializedError).map(deserialized)
    : undefined;
  const error = inner
    ? new AggregateError(inner, message, options)
    : new (BUILT_IN.get(name) ?? Error)(message, options);
  if (error.name !== name) hide(error, 'name', name);
  for (const [key, value] of Object.entries(fields)) {
    if (!OWN.includes(key)) show(error, key, value);
  }
  if (code !== undefined) show(error, 'code', code);
  return withStack(error, stack);
}

function withStack(error: Error, stack: unknown): Error {
  if (typeof stack === 'string') hide(error, 'stack', stack);
  return error;
}

/** Also where the key is `__proto__`. */
function show(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function hide(error: Error, key: string, value: string): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true });
}
