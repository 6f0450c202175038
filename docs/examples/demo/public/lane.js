// One slot on the page: who is in it, what it has answered, and a bar that is also the button that kills.
import { element, seconds, whole } from './elements.js';
import { Timeline } from './timeline.js';

/**
 * @typedef {object} WorkerEntry as the server tells it
 * @property {string} machine
 * @property {number} slot
 * @property {number} generation
 * @property {number | null} pid
 * @property {'starting' | 'ready' | 'draining' | 'waiting' | 'stopped'} state
 * @property {number | null} backMs
 * @property {boolean} reloading
 */

export class Lane {
  element = element('div', 'lane');
  total = 0;
  /** @type {Timeline} */
  timeline;
  #who = element('span', 'who');
  #state = element('span', 'state');
  #total = element('span', 'total', '0');
  #share = element('span', 'share');
  /** The process that a click of this page has killed. @type {number | undefined} */
  #killed;
  /** @type {number | undefined} */
  #pid;
  #generation = 0;

  /** @param {number} slot @param {string} colour @param {() => void} kill */
  constructor(slot, colour, kill) {
    const canvas = document.createElement('canvas');
    const bar = element('button', 'bar');
    bar.ariaLabel = `Kill worker ${slot}`;
    bar.append(canvas, this.#share, element('span', 'kill', 'Kill'));
    bar.addEventListener('click', kill);
    const name = element('span', 'name');
    name.append(element('b', '', `Worker ${slot}`), this.#who);
    const result = element('span', 'figures');
    result.append(this.#total, this.#state);
    this.element.style.setProperty('--hue', colour);
    this.element.dataset.slot = String(slot);
    this.element.append(name, bar, result);
    this.timeline = new Timeline(canvas);
  }

  /** @param {readonly WorkerEntry[]} processes those in the slot, the oldest first */
  show(processes) {
    const { kind, text, now } = stateOf(processes);
    if (this.#killed !== undefined && now?.pid === this.#killed) return;
    if (kind === 'down') this.timeline.down();
    else this.timeline.up(now?.backMs ? seconds(now.backMs) : '');
    this.#killed = undefined;
    if (now && kind !== 'down') {
      if (this.#generation && now.generation !== this.#generation) this.timeline.mark();
      this.#generation = now.generation;
      this.#pid = now.pid ?? undefined;
      this.#who.textContent = `pid ${now.pid} · generation ${now.generation}`;
    }
    this.#showState(kind, text);
  }

  /** A SIGKILL is on its way; the primary tells of the rest. */
  showKilled() {
    this.#killed = this.#pid;
    this.timeline.down();
    this.#showState('down', 'killed, restarting…');
  }

  /** @param {string} kind @param {string} text */
  #showState(kind, text) {
    this.element.dataset.state = kind;
    this.#state.textContent = text;
  }

  count() {
    this.total += 1;
    this.#total.textContent = whole(this.total);
    this.element.dataset.total = String(this.total);
    this.timeline.count();
  }

  /** @param {number} most what the busiest one has answered */
  showShare(most) {
    this.#share.style.inlineSize = `${most ? (100 * this.total) / most : 0}%`;
  }

  remove() {
    this.element.remove();
  }
}

/**
 * What a slot with these processes does, in words.
 *
 * @param {readonly WorkerEntry[]} processes
 * @returns {{ kind: 'up' | 'down' | 'change', text: string, now: WorkerEntry | undefined }} `now`: the one to show
 */
function stateOf(processes) {
  const newest = processes.at(-1);
  const serving = processes.filter(({ state }) => state === 'ready').at(-1);
  const draining = processes.find(({ state }) => state === 'draining');
  if (!newest || newest.state === 'stopped') return { kind: 'down', text: 'stopped', now: newest };
  if (!serving && !draining) return { kind: 'down', text: 'restarting…', now: newest };
  const { generation, backMs } = serving ?? newest;
  const change = (/** @type {string} */ text) => ({
    ...{ kind: /** @type {const} */ ('change'), text },
    now: serving ?? draining,
  });
  if (newest.state === 'starting') return change(`generation ${newest.generation} starts`);
  if (draining) return change(`generation ${draining.generation} drains`);
  if (processes.length > 1) return change(`generation ${generation} is watched`);
  const text = backMs ? `back after ${seconds(backMs)}` : 'serves';
  return { kind: 'up', text, now: serving };
}
