// Which dialog is open: at most one, over the page or over the sheet of a slot.
import { signal } from '@preact/signals';

export type ActionDialog =
  | { readonly kind: 'reload' }
  | { readonly kind: 'scale' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'restart'; readonly slot: number }
  | { readonly kind: 'profile'; readonly slot: number };

export const openAction = signal<ActionDialog | undefined>(undefined);
/** The slot whose sheet is open. */
export const openSlot = signal<number | undefined>(undefined);
