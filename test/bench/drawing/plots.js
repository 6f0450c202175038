// What docs/benchmarks.md shows of each bench: which lines, by which names, and which of them as bars.
// @ts-check
import { plots as clusters } from './plots-of-clusters.js';
import { plots as stores } from './plots-of-stores.js';

/**
 * A comparison of the report: the beginning of its section's title, its `what`, and who is compared to whom.
 *
 * @typedef {[label: string, section: string, what: string, ours?: string, theirs?: string]} Line
 */

/**
 * @typedef {object} Plot
 * @property {string} title
 * @property {'more' | 'less'} better
 * @property {[ours: string, theirs: string]} names of lines that name none
 * @property {Line[]} lines those with the same label are one group of bars
 * @property {Line[]} [others] in the table only
 * @property {Figures} [figures]
 */

/**
 * Lines that are not compared: a table of them.
 *
 * @typedef {object} Figures
 * @property {string[]} head
 * @property {Row[]} rows
 */

/** @typedef {[label: string, section: string, ...whats: string[]]} Row a column for each `what` */

/** @typedef {Record<string, Plot | { figures: Figures }>} Plots by the name of the bench */

/** @type {Plots} */
export const PLOTS = { ...clusters, ...stores };
