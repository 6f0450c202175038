// What a bench tells: lines of a table, each with what it is compared to and whether the target is met; and the same as data.
// @ts-check

import { median } from './measure.js';

/**
 * A factor between two figures, in the words of the promise it comes from. `{ atMost: 1.3 }`: ours costs at
 * most 1.3 times what the baseline costs. `{ atLeast: 3 }`: ours is at least 3 times as fast.
 *
 * @typedef {{ atMost: number } | { atLeast: number }} Target
 */

/**
 * @typedef {object} Comparison
 * @property {string} what
 * @property {number | number[]} ours a figure, or samples, of which the median is shown
 * @property {number | number[]} baseline in the same unit. Of as many samples of both, taken in turns, the
 *   ratio is the median of the ratios of the turns
 * @property {string} unit a time (`ns`, `µs`, `ms`) or an amount (`MB`), where less is better; or a rate, which
 *   ends in `/s`, where more is better
 * @property {Target} [target] without one, the line says how many times as fast ours is
 */

/**
 * A line as data: a comparison, or a figure that is not compared.
 *
 * @typedef {{ what: string, unit: string, ours: number, baseline: number, ratio: number, target?: Target, met: boolean }} Compared
 * @typedef {{ what: string, unit: string, value: number, note?: string }} Figure
 * @typedef {{ title: string, rows: (Compared | Figure)[] }} Section
 */

/**
 * @typedef {object} Report
 * @property {(name: string) => void} title
 * @property {(title: string) => void} section begins a table
 * @property {(comparison: Comparison) => { ratio: number, met: boolean }} compare
 * @property {(row: { what: string, value: number | number[], unit: string, note?: string }) => void} row a
 *   figure that is not compared
 * @property {() => void} end
 * @property {readonly Section[]} sections what was told so far, with four digits of each figure
 */

/**
 * @param {(line: string) => void} print
 * @returns {Report}
 */
export function createReport(print) {
  let targets = 0;
  /** @type {string[]} */
  const missed = [];
  /** @type {Section[]} */
  const sections = [];

  return {
    sections,

    title(name) {
      print(`\n${name}  (Node ${process.versions.node}, ${process.platform} ${process.arch})`);
    },

    section(title) {
      sections.push({ title, rows: [] });
      print(`\n  ${title}`);
    },

    compare({ what, ours, baseline, unit, target }) {
      const [mine, theirs] = [figure(ours), figure(baseline)];
      const factor = factorOf(ours, baseline);
      const speed = unit.endsWith('/s') ? factor : 1 / factor;
      const { ratio, met, words } = judge(speed, target);
      if (target) {
        targets++;
        if (!met)
          missed.push(`${sections.at(-1)?.title}: ${what}: ${ratio.toFixed(2)}x, target ${words}`);
      }
      print(
        line(what, [
          `${format(mine)} ${unit}`,
          `${format(theirs)} ${unit}`,
          `${ratio.toFixed(2)}x`,
          words,
          target ? (met ? 'met' : 'MISSED') : '',
        ]),
      );
      const told = { ours: digits(mine), baseline: digits(theirs), ratio: digits(ratio) };
      sections.at(-1)?.rows.push({ what, unit, ...told, ...(target && { target }), met });
      return { ratio, met };
    },

    row({ what, value, unit, note = '' }) {
      print(line(what, [`${format(figure(value))} ${unit}`, note]));
      sections
        .at(-1)
        ?.rows.push({ what, unit, value: digits(figure(value)), ...(note && { note }) });
    },

    end() {
      if (targets > 0) print(`\n  ${targets - missed.length} of ${targets} targets met`);
      for (const miss of missed) print(`  missed: ${miss}`);
    },
  };
}

/** @param {number} speed how many times as fast ours is @param {Target} [target] */
function judge(speed, target) {
  if (!target) return { ratio: speed, met: true, words: '' };
  if ('atLeast' in target) {
    return { ratio: speed, met: speed >= target.atLeast, words: `>= ${target.atLeast}x` };
  }
  return { ratio: 1 / speed, met: 1 / speed <= target.atMost, words: `<= ${target.atMost}x` };
}

/** @param {number | number[]} ours @param {number | number[]} baseline */
function factorOf(ours, baseline) {
  if (Array.isArray(ours) && Array.isArray(baseline) && ours.length === baseline.length) {
    return median(ours.map((sample, turn) => sample / (baseline[turn] ?? Number.NaN)));
  }
  return figure(ours) / figure(baseline);
}

/** @param {number | number[]} value */
function figure(value) {
  return typeof value === 'number' ? value : median(value);
}

/** @param {number} value */
function digits(value) {
  return Number(value.toPrecision(4));
}

/** Four digits are more than a noisy machine gives. @param {number} value */
function format(value) {
  const fraction = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', {
    minimumFractionDigits: fraction,
    maximumFractionDigits: fraction,
  });
}

/** @param {string} what @param {string[]} cells */
function line(what, cells) {
  const [ours = '', baseline = '', ratio = '', target = '', met = ''] = cells;
  const columns = [
    ours.padStart(14),
    baseline.padStart(14),
    ratio.padStart(8),
    target.padStart(9),
    met,
  ];
  return `    ${what.padEnd(44)}${columns.join('  ')}`.trimEnd();
}
