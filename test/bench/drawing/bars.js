// Bars as SVG: a group for each question, a bar for each answer. It reads well on light and on dark pages, as it has a ground
// of its own and follows the colours of the page that shows it; for a screen reader its text lists every figure.
// @ts-check

const WIDTH = 720;
const NAMES = 190;
const VALUES = 110;
const BAR = 18;
const GAP = 5;

/**
 * @typedef {object} Bar
 * @property {string} name
 * @property {number} value
 * @property {string} shown the value with its unit
 * @property {boolean} ours
 */

/**
 * @param {{ title: string, note: string, groups: { label: string, bars: Bar[] }[] }} picture each group has a scale of its own
 * @returns {string}
 */
export function drawBars({ title, note, groups }) {
  const parts = [];
  let y = 76;
  for (const { label, bars } of groups) {
    parts.push(text(20, y + 12, label, 'label'));
    y += 22;
    const longest = Math.max(...bars.map(({ value }) => value));
    for (const { name, value, shown, ours } of bars) {
      const length = Math.max(2, (value / longest) * (WIDTH - NAMES - VALUES - 40));
      parts.push(
        text(NAMES + 10, y + 13, name, ours ? 'name ours' : 'name'),
        `<rect class="bar${ours ? ' ours' : ''}" x="${NAMES + 20}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="3"/>`,
        text(NAMES + 28 + length, y + 13, shown, 'value'),
      );
      y += BAR + GAP;
    }
    y += 14;
  }
  const spoken = groups.map(
    ({ label, bars }) =>
      `${label}: ${bars.map(({ name, shown }) => `${name} ${shown}`).join(', ')}.`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-labelledby="title figures">
<title id="title">${escaped(title)}</title>
<desc id="figures">${escaped(`${note} ${spoken.join(' ')}`)}</desc>
<style>
  text { font: 13px system-ui, sans-serif; fill: #3c3c43; }
  .ground { fill: #f6f6f7; }
  .title { font-size: 17px; font-weight: 600; }
  .label, .ours { font-weight: 600; }
  .name { text-anchor: end; }
  .bar { fill: #a3a7b3; }
  .bar.ours { fill: #3451b2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #dfdfd6; }
    .ground { fill: #202127; }
    .bar { fill: #6a6d78; }
    .bar.ours { fill: #a8b1ff; }
  }
</style>
<rect class="ground" width="${WIDTH}" height="${y}" rx="8"/>
${text(20, 34, title, 'title')}
${text(20, 56, note, 'note')}
${parts.join('\n')}
</svg>
`;
}

/** @param {number} x @param {number} y @param {string} words @param {string} kind */
function text(x, y, words, kind) {
  return `<text class="${kind}" x="${Number(x.toFixed(1))}" y="${y}">${escaped(words)}</text>`;
}

/** @param {string} words */
function escaped(words) {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
