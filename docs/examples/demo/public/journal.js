// The live log: entries of the primaries, and what this page saw itself.
import { byId, element } from './elements.js';

/** The most entries that are kept on the page. */
const MOST_ENTRIES = 120;

/** @typedef {{ id: string, at: number, machine: string, kind: string, text: string }} JournalEntry */

/** The ids that were shown. @type {Set<string>} */
let shown = new Set();

/** Shows those that are new. @param {readonly JournalEntry[]} entries all that the primary keeps */
export function showEntries(entries) {
  const machines = new Set(entries.map(({ machine }) => machine));
  for (const { id, at, machine, kind, text } of entries) {
    if (shown.has(id)) continue;
    show(at, kind, machines.size > 1 ? `${machine}: ${text}` : text);
  }
  shown = new Set(entries.map(({ id }) => id));
}

/** What the page tells itself. @param {string} kind @param {string} text */
export function addEntry(kind, text) {
  show(Date.now(), kind, text);
}

/** @param {number} at @param {string} kind @param {string} text */
function show(at, kind, text) {
  const scroller = byId('journal');
  const list = /** @type {HTMLElement} */ (scroller.firstElementChild);
  // Someone who has scrolled up reads there.
  const follows = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 24;
  const item = element('li', kind);
  const time = element('time', '', new Date(at).toLocaleTimeString('en', { hour12: false }));
  item.append(time, element('span', '', text));
  list.append(item);
  while (list.children.length > MOST_ENTRIES) list.firstElementChild?.remove();
  if (follows) scroller.scrollTop = scroller.scrollHeight;
}
