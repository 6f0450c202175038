// The code of each card, as the server read it from its own files, with colours.
import { call } from './api.js';
import { element } from './elements.js';

/** In this order: a comment, a string, a word of the language, a number. */
const TOKENS =
  /(?<comment>\/\/.*)|(?<string>'(?:[^'\\]|\\.)*'|`[^`]*`)|(?<word>\b(?:async|await|const|export|function|if|else|import|from|return|new|void)\b)|(?<number>\b\d[\d_]*\b)/g;

export async function showCode() {
  /** @type {Record<string, { file: string, line: number, text: string }>} */
  const regions = await call('code');
  for (const figure of document.querySelectorAll('figure[data-code]')) {
    const { code = '' } = /** @type {HTMLElement} */ (figure).dataset;
    const region = regions[code];
    if (!region) continue;
    const { file, line, text } = region;
    const last = line + text.split('\n').length - 1;
    const pre = element('pre', '');
    pre.tabIndex = 0;
    pre.append(...coloured(text));
    const caption = element('figcaption', '');
    caption.append(element('b', '', file), ` lines ${line} to ${last}`);
    figure.replaceChildren(caption, pre);
  }
}

/** @param {string} text @returns {(string | Node)[]} */
function coloured(text) {
  const parts = [];
  let from = 0;
  for (const { index, 0: token, groups = {} } of text.matchAll(TOKENS)) {
    const [kind = ''] = Object.keys(groups).filter((name) => groups[name] !== undefined);
    parts.push(text.slice(from, index), element('span', kind, token));
    from = index + token.length;
  }
  return [...parts, text.slice(from)];
}
