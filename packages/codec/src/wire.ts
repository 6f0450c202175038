// A value as a part of a message that Node's IPC channel makes JSON of, so that it is not stringified twice.

import { CorruptValueError } from './errors.js';
import { MAX_DEPTH } from './limits.js';
import { flatJson } from './plain/flat-json.js';
import { isPlain } from './plain/is-plain.js';
import { fromRichForm, isRichForm, toRichForm } from './rich/rich-form.js';
import { assertHarmless } from './untrusted-json.js';

/** The values that JSON carries exactly. */
export type WireForm = null | boolean | number | string | WireForm[] | { [key: string]: WireForm };

/**
 * A plain value is its own wire form and is not copied: stringify it before anyone changes it. A rich one is
 * `{ json, meta }`, and so is a plain object that looks like that.
 *
 * The form has to go through JSON once. If the receiver is in the same process and must not see the sender's own
 * objects, use `encode` and `decode`.
 *
 * @throws UnsupportedValueError where a part of the value cannot be carried. Its `path` says which.
 */
export function toWire(value: unknown): WireForm {
  if (!isPlain(value)) return toRichForm(value) as unknown as WireForm;
  return isRichForm(value)
    ? { json: value as unknown as WireForm, meta: { v: 1 } }
    : (value as WireForm);
}

/**
 * The JSON of the wire form.
 *
 * @throws UnsupportedValueError where a part of the value cannot be carried. Its `path` says which.
 */
export function toWireText(value: unknown): string {
  return flatJson(value) ?? JSON.stringify(toWire(value));
}

/**
 * The value of a wire form, which is used up by it: a plain value is the form itself, a rich one is made out
 * of its parts.
 *
 * @throws CorruptValueError where the form is not one that `toWire` makes, or has a key `__proto__`.
 */
export function fromWire(wire: unknown): unknown {
  if (wire === undefined) throw new CorruptValueError('there is no wire form');
  if (isRichForm(wire)) return fromRichForm(wire);
  assertHarmless(wire, MAX_DEPTH);
  return wire;
}
