// Tables for those who use a keyboard or a screen reader: one that is wider than the window can be scrolled with keys, and
// an empty corner is no heading.
// @ts-check

/** @param {import('vitepress').MarkdownRenderer} md */
export function accessibleTables(md) {
  md.core.ruler.push('accessible-tables', ({ tokens }) => {
    for (const [index, token] of tokens.entries()) {
      if (token.type === 'table_open') token.attrSet('tabindex', '0');
      const [cell, end] = [tokens[index + 1], tokens[index + 2]];
      if (token.type === 'th_open' && cell?.content === '' && end) token.tag = end.tag = 'td';
    }
  });
}
