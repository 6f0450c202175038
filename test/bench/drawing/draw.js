// Draws what docs/benchmarks.md shows from the figures in docs/benchmarks: between two markers a picture, its table, and when
// and on what it was measured. Run it, and it writes page and pictures anew. A bench without figures keeps what is there.
// @ts-check
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawBars } from './bars.js';
import { PLOTS } from './plots.js';

const docs = join(import.meta.dirname, '../../../docs');
const page = join(docs, 'benchmarks.md');
const MARKED = /(<!-- drawn from ([\w-]+)\.json -->\n)[\s\S]*?(<!-- end -->)/g;

/** @typedef {import('../report.js').Compared & import('../report.js').Figure} Row what is looked up has one or the other */
/** @typedef {{ date: string, node: string, machine: string, load: number, sections: { title: string, rows: Row[] }[] }} Told */
/** @typedef {{ label: string, ours: string, theirs: string, row: Row }} Line */

/** @returns {Promise<Map<string, { current: string, drawn: string }>>} each file as it is, and as it should be */
export async function drawBenchmarks() {
  const current = await readFile(page, 'utf8');
  /** @type {Map<string, { current: string, drawn: string }>} */
  const files = new Map();
  /** @type {Map<string, string>} */
  const blocks = new Map();
  for (const [, , bench = ''] of current.matchAll(MARKED)) {
    const data = join(docs, 'benchmarks', `${bench}.json`);
    if (!existsSync(data)) continue;
    const { picture, block } = show(bench, JSON.parse(await readFile(data, 'utf8')));
    blocks.set(bench, block);
    if (picture === undefined) continue;
    const file = join(docs, 'benchmarks', `${bench}.svg`);
    files.set(file, {
      current: existsSync(file) ? await readFile(file, 'utf8') : '',
      drawn: picture,
    });
  }
  const drawn = current.replace(MARKED, (whole, start, bench, end) =>
    blocks.has(bench) ? `${start}\n${blocks.get(bench)}\n\n${end}` : whole,
  );
  return files.set(page, { current, drawn });
}

/** @param {string} bench @param {Told} told @returns {{ picture?: string, block: string }} */
function show(bench, told) {
  const plot = PLOTS[bench];
  if (plot === undefined) throw new Error(`plots.js does not say how to show ${bench}`);
  const parts = [];
  let picture;
  if ('lines' in plot) {
    const line = lineOf(told, plot.names);
    const lines = plot.lines.map(line);
    const note = `${plot.better === 'more' ? 'Longer' : 'Shorter'} is better. Each group has a scale of its own.`;
    picture = drawBars({ title: plot.title, note, groups: groupsOf(lines) });
    parts.push(`![${plot.title}. The figures are in the table below.](benchmarks/${bench}.svg)`);
    parts.push(comparisons([...lines, ...(plot.others ?? []).map(line)]));
  }
  if (plot.figures) parts.push(figures(told, plot.figures));
  parts.push(
    `Measured on ${told.date}, Node ${told.node}, ${told.machine}, with a load of ${told.load} when it began.`,
  );
  return { ...(picture && { picture }), block: parts.join('\n\n') };
}

/** @param {Told} told @param {[string, string]} names @returns {(line: import('./plots.js').Line) => Line} */
function lineOf(told, names) {
  return ([label, section, what, ours = names[0], theirs = names[1]]) => ({
    label,
    ours,
    theirs,
    row: find(told, section, what),
  });
}

/** @param {Told} told @param {string} title or its beginning @param {string} what @returns {Row} */
function find({ sections }, title, what) {
  const section =
    sections.find((one) => one.title === title) ??
    sections.find((one) => one.title.startsWith(title));
  const row = section?.rows.find((one) => one.what === what);
  if (row === undefined) throw new Error(`The figures have no line "${what}" of "${title}"`);
  return row;
}

/** @param {Line[]} lines */
function groupsOf(lines) {
  return [...new Set(lines.map(({ label }) => label))].map((label) => {
    const own = lines.filter((line) => line.label === label);
    /** @type {Map<string, import('./bars.js').Bar>} */
    const bars = new Map();
    for (const side of /** @type {const} */ (['ours', 'baseline'])) {
      for (const { ours, theirs, row } of own) {
        const name = side === 'ours' ? ours : theirs;
        const shown = amount(row[side], row.unit);
        bars.set(name, { name, value: row[side], shown, ours: side === 'ours' });
      }
    }
    return { label, bars: [...bars.values()] };
  });
}

/** @param {Line[]} lines */
function comparisons(lines) {
  const rows = lines.map(({ label, ours, theirs, row }) => {
    const target = words(row);
    return [
      label,
      `${ours}: ${amount(row.ours, row.unit)}`,
      `${theirs}: ${amount(row.baseline, row.unit)}`,
      `${row.ratio.toFixed(2)}x`,
      target,
    ];
  });
  return table([['', 'Muster', 'beside it', 'ratio', 'target'], ...rows]);
}

/** @param {Row} row */
function words({ target, met }) {
  if (target === undefined) return '';
  const limit = 'atLeast' in target ? `>= ${target.atLeast}x` : `<= ${target.atMost}x`;
  return met ? limit : `${limit}, missed`;
}

/** @param {Told} told @param {import('./plots.js').Figures} figures */
function figures(told, { head, rows }) {
  const cells = rows.map(([label, section, ...whats]) => [
    label,
    ...whats.map((what) => {
      const { value, unit, note } = find(told, section, what);
      return amount(value, unit) + (note ? ` (${note})` : '');
    }),
  ]);
  return table([head, ...cells]);
}

/** As biome formats it. @param {string[][]} rows */
function table(rows) {
  const widths = (rows[0] ?? []).map((_, n) =>
    Math.max(3, ...rows.map((row) => (row[n] ?? '').length)),
  );
  const line = (/** @type {string[]} */ cells) =>
    `| ${widths.map((width, n) => (cells[n] ?? '').padEnd(width)).join(' | ')} |`;
  const [head = [], ...others] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...others.map(line)].join(
    '\n',
  );
}

/** @param {number} value @param {string} unit */
function amount(value, unit) {
  const [most, divided, larger] = unit === 'ns' ? [1_000, 1_000, 'µs'] : [10_000, 1_000, 'ms'];
  if ((unit === 'ns' || unit === 'µs') && value >= most) return amount(value / divided, larger);
  const fraction = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const digits = { minimumFractionDigits: fraction, maximumFractionDigits: fraction };
  const number = value.toLocaleString('en', digits);
  if (unit === '') return number;
  return unit.endsWith('/s') && !unit.startsWith('/')
    ? `${number}/s`
    : `${number}${unit.startsWith('/') ? '' : ' '}${unit}`;
}

if (process.argv[1] === import.meta.filename) {
  for (const [file, { drawn }] of await drawBenchmarks()) await writeFile(file, drawn);
}
