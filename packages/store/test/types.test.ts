// Checked by the type checker (`pnpm check:types`); at run time nothing is called.
import type { IncrementOptions, StoreView } from '@muster/store';
import { expectTypeOf, it } from 'vitest';

it('an increment can only be refused where it has bounds', () => {
  expectTypeOf((view: StoreView) => view.increment('key')).returns.resolves.toEqualTypeOf<number>();
  expectTypeOf((view: StoreView) =>
    view.increment('key', 1, { ttlMs: 1 }),
  ).returns.resolves.toEqualTypeOf<number>();
  expectTypeOf((view: StoreView) =>
    view.increment('key', 1, { min: 0 }),
  ).returns.resolves.toEqualTypeOf<number | undefined>();
  expectTypeOf((view: StoreView, options: IncrementOptions) =>
    view.increment('key', 1, options),
  ).returns.resolves.toEqualTypeOf<number | undefined>();
});
