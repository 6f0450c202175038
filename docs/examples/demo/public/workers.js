// The workers: a lane for each slot, with a bar that moves, and the button that kills.
import { call } from './api.js';
import { attempt, byId, element } from './elements.js';
import { Lane } from './lane.js';
import { keepDrawing } from './timeline.js';

/** @typedef {import('./lane.js').WorkerEntry} WorkerEntry */

/** The colours of the slots, in turn: names of properties of the style sheet. */
const HUES = 6;
/** @param {number} slot */
export const colourOf = (slot) => `var(--slot-${slot % HUES})`;

/** By machine and slot, in the order of the page. @type {Map<string, Lane>} */
const lanes = new Map();
/** The machine whose worker answers this page. */
let here = '';

/** @param {string} machine @param {number} slot */
export function countAnswer(machine, slot) {
  lanes.get(`${machine}/${slot}`)?.count();
  const most = Math.max(...[...lanes.values()].map(({ total }) => total));
  for (const lane of lanes.values()) lane.showShare(most);
}

/** @param {readonly WorkerEntry[]} entries */
export function showWorkers(entries) {
  /** @type {Map<string, WorkerEntry[]>} */
  const bySlot = new Map();
  for (const entry of entries) {
    const key = `${entry.machine}/${entry.slot}`;
    bySlot.set(key, [...(bySlot.get(key) ?? []), entry]);
  }
  const machines = new Set(entries.map(({ machine }) => machine));
  for (const [key, lane] of lanes) {
    if (bySlot.has(key)) continue;
    lane.remove();
    lanes.delete(key);
  }
  for (const [key, processes] of bySlot) {
    const { machine, slot } = /** @type {WorkerEntry} */ (processes[0]);
    let lane = lanes.get(key);
    if (!lane) {
      lane = new Lane(slot, colourOf(slot), () => attempt(() => kill(machine, slot)));
      lanes.set(key, lane);
      groupOf(machine).append(lane.element);
    }
    lane.show(processes);
  }
  for (const group of byId('lanes').querySelectorAll('section')) {
    const { machine = '' } = group.dataset;
    if (!machines.has(machine)) group.remove();
    group.classList.toggle('alone', machines.size === 1);
  }
  byId('count').textContent = `${lanes.size}`;
}

/** @param {string} machine @returns {HTMLElement} the section of its lanes */
function groupOf(machine) {
  const groups = byId('lanes').querySelectorAll('section');
  const found = [...groups].find(({ dataset }) => dataset.machine === machine);
  if (found) return found;
  const group = document.createElement('section');
  group.dataset.machine = machine;
  group.ariaLabel = `Workers of ${machine}`;
  group.append(
    element('h3', '', machine === here ? `${machine}, which serves this page` : machine),
  );
  byId('lanes').append(group);
  return group;
}

/** @param {string} machine @param {number} slot */
async function kill(machine, slot) {
  await call('kill', { machine, slot });
  lanes.get(`${machine}/${slot}`)?.showKilled();
}

/** @param {readonly WorkerEntry[]} entries */
export function showReloading(entries) {
  const running = entries.some(({ machine, reloading }) => machine === here && reloading);
  const button = byId('reload');
  button.ariaDisabled = String(running);
  button.textContent = running ? 'Reloading…' : 'Reload';
}

export function startWorkers() {
  keepDrawing(() => [...lanes.values()].map(({ timeline }) => timeline));
  byId('reload').onclick = (event) => {
    const button = /** @type {HTMLElement} */ (event.currentTarget);
    if (button.ariaDisabled !== 'true') attempt(() => call('reload', {}));
  };
}

/** @param {string} machine the one whose worker has the event stream */
export function setMachine(machine) {
  here = machine;
}
