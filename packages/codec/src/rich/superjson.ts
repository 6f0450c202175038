// An instance of our own: what the application registers with superjson's global one is not ours.

import { SuperJSON } from 'superjson';
import type { Kind } from './kinds/kind.js';

export const superjson = new SuperJSON();

type SerializeForm = Parameters<typeof superjson.registerCustom>[0]['serialize'];

export function registerKind<T>({ name, is, toForm, fromForm }: Omit<Kind<T>, 'check'>): void {
  superjson.registerCustom(
    { isApplicable: is, serialize: toForm as SerializeForm, deserialize: (form) => fromForm(form) },
    name,
  );
}
