// A scan from its first page to its last.

import type { ScanPage } from '../engine.js';
import type { StoreContext } from '../store-context.js';

/** @param prefix full. */
export async function* pagesOf(
  context: StoreContext,
  prefix: string,
  withTexts: boolean,
): AsyncGenerator<ScanPage> {
  let cursor: string | undefined;
  do {
    const at = cursor;
    const page = await context.withEngine((engine) => engine.scan(prefix, at, withTexts));
    yield page;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
