// A scan from its first page to its last.
import type { ScanPage } from './engine.js';
import type { ViewContext } from './view.js';

/** @param prefix full. */
export async function* pagesOf(
  context: Pick<ViewContext, 'engine' | 'open'>,
  prefix: string,
  withTexts: boolean,
): AsyncGenerator<ScanPage> {
  let cursor: string | undefined;
  do {
    const engine = context.engine() ?? (await context.open());
    const page = await engine.scan(prefix, cursor, withTexts);
    yield page;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
