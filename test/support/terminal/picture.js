// A screen of a terminal as a picture, drawn by a browser.
import Convert from 'ansi-to-html';

/** The 16 colours of a terminal on a dark ground. */
const COLOURS = {
  ...{ 0: '#12151c', 1: '#ff9a91', 2: '#74d7a4', 3: '#f2c57c', 4: '#86abff', 5: '#c4a7ff' },
  ...{ 6: '#53c7de', 7: '#dfe4ec', 8: '#8a93a2', 9: '#ff9a91', 10: '#74d7a4', 11: '#f2c57c' },
  ...{ 12: '#86abff', 13: '#c4a7ff', 14: '#53c7de', 15: '#ffffff' },
};

const STYLE = `
  body { margin: 0; background: transparent }
  pre { display: inline-block; margin: 0; padding: 18px 22px; border-radius: 10px; background: #12151c; color: #dfe4ec;
    font: 14px/1.35 ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace }`;

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} screen with its escape sequences, as `Terminal.coloured()` gives it
 * @param {string} path of the PNG
 */
export async function drawScreen(browser, screen, path) {
  const html = new Convert({
    colors: COLOURS,
    fg: COLOURS[7],
    bg: 'transparent',
    escapeXML: true,
  }).toHtml(screen.trimEnd());
  const page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
  await page.setContent(`<style>${STYLE}</style><pre>${html}</pre>`);
  await page.locator('pre').screenshot({ path, omitBackground: true });
  await page.close();
}
