// The slow path: superjson's { json, meta } form of a value that JSON alone does not carry.

import { CorruptValueError } from '../errors.js';
import { MAX_DEPTH } from '../limits.js';
import { assertHarmless } from '../untrusted-json.js';
import { assertAnnotations } from './annotations.js';
import { inspect } from './inspection.js';
import { kinds } from './kinds/index.js';
import { fillSkeleton, toSkeleton } from './skeleton.js';
import { registerKind, superjson } from './superjson.js';

for (const kind of kinds) registerKind(kind);

type SuperJSONResult = Parameters<typeof superjson.deserialize>[0];

export interface RichForm {
  json: unknown;
  meta: { values?: unknown; v: 1 };
}

/** Annotations take two levels where the value takes one; then there are `form`, `meta` and `values`. */
const MAX_FORM_DEPTH = 2 * MAX_DEPTH + 4;

/** @throws UnsupportedValueError */
export function toRichForm(value: unknown): RichForm {
  const rich = inspect(value);
  const { json, meta } = superjson.serialize(toSkeleton(value, rich));
  // Left out: `referentialEqualities`. A reference that is shared becomes two equal values, as in plain JSON,
  // and superjson loses the order of a Set when it restores them.
  return {
    json: fillSkeleton(json, value, rich),
    meta: meta?.values ? { values: meta.values, v: 1 } : { v: 1 },
  };
}

export function isRichForm(form: unknown): form is RichForm {
  return (
    typeof form === 'object' &&
    form !== null &&
    Object.hasOwn(form, 'json') &&
    Object.hasOwn(form, 'meta')
  );
}

/** Makes the value out of the form itself, which is of no use afterwards. @throws CorruptValueError */
export function fromRichForm(form: RichForm): unknown {
  assertHarmless(form, MAX_FORM_DEPTH);
  const { json, meta } = form;
  const known = ['values', 'v'];
  if (
    typeof meta !== 'object' ||
    meta?.v !== 1 ||
    Object.keys(meta).some((key) => !known.includes(key))
  ) {
    throw new CorruptValueError('its meta is not of a version that this process reads');
  }
  assertAnnotations(json, meta.values);
  try {
    return superjson.deserialize(form as SuperJSONResult, { inPlace: true });
  } catch (cause) {
    throw new CorruptValueError('a part of it is not in the form of its type; see the cause', {
      cause,
    });
  }
}
