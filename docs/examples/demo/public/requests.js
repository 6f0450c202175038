// Visits: some at once, or a steady fire, and what came of each one.
import { call } from './api.js';
import { byId, element, seconds, whole } from './elements.js';
import { addEntry } from './journal.js';
import { countAnswer } from './workers.js';

/** How many requests wait for an answer at most; the browser itself opens six connections. */
const MOST_PENDING = 50;
/** The fire: so many senders, each with a request every so many milliseconds at most. */
const SENDERS = 4;
const PAUSE_MS = 50;
/** Milliseconds after which the fire ends by itself. */
const LONGEST_FIRE_MS = 10 * 60_000;
/** Milliseconds between two looks at what runs. */
const SHOW_MS = 500;
/** How many numbers of visits are remembered: an answer and the stream tell of the same visit. */
const MOST_SEEN = 5_000;

let newest = 0;
let answered = 0;
let lost = 0;
/** @type {Set<number>} */
const seen = new Set();

/** Of this page or another one. @param {{ visits: number, machine: string, slot: number }} visit */
export function noteVisit({ visits, machine, slot }) {
  // Workers tell of their visits side by side; only the newest number counts.
  if (visits > newest) {
    newest = visits;
    byId('visits').textContent = whole(visits);
  }
  if (seen.has(visits)) return;
  seen.add(visits);
  if (seen.size > MOST_SEEN) seen.delete(/** @type {number} */ (seen.values().next().value));
  countAnswer(machine, slot);
}

/** One visit. A request that fails is lost: nothing sends it again. @param {Run} run */
async function visit(run) {
  try {
    const answer = await call('visit', {});
    answered += 1;
    run.numbers.add(answer.visits);
    run.answered += 1;
    run.bySlot.set(answer.slot, (run.bySlot.get(answer.slot) ?? 0) + 1);
    noteVisit(answer);
  } catch (error) {
    lost += 1;
    run.lost += 1;
    const status = /** @type {{ status?: number }} */ (error).status;
    addEntry(
      'lost',
      status ? `a visit failed: ${status}` : 'a visit was lost: its connection broke',
    );
  }
  byId('answered').textContent = whole(answered);
  byId('lost').textContent = whole(lost);
  byId('lost-figure').classList.toggle('bad', lost > 0);
}

/** @typedef {ReturnType<typeof beginRun>} Run */
function beginRun() {
  const since = performance.now();
  return {
    answered: 0,
    lost: 0,
    /** @type {Set<number>} */
    numbers: new Set(),
    /** @type {Map<number, number>} */
    bySlot: new Map(),
    ms: () => performance.now() - since,
  };
}

/** @param {Run} run */
function showRun(run) {
  const { answered: count, lost: missed, numbers, bySlot } = run;
  const shares = [...bySlot].sort(([a], [b]) => a - b).map(([slot, n]) => `${slot}: ${whole(n)}`);
  const unique = numbers.size === count ? 'no number was counted twice' : 'NUMBERS CAME TWICE';
  say(
    `${whole(count)} answered in ${seconds(run.ms())}, ${whole(missed)} lost, and ${unique}.`,
    `By worker ${shares.join(', ')}.`,
  );
}

/** @param {readonly string[]} sentences */
function say(...sentences) {
  byId('result').replaceChildren(...sentences.map((text) => element('span', '', text)));
}

/** @param {number} count */
async function sendAtOnce(count) {
  const run = beginRun();
  let left = count;
  const sender = async () => {
    while (left-- > 0) await visit(run);
  };
  const showing = count > 1 ? setInterval(showRun, SHOW_MS, run) : undefined;
  await Promise.all(Array.from({ length: Math.min(count, MOST_PENDING) }, sender));
  clearInterval(showing);
  const [slot] = run.bySlot.keys();
  if (count === 1 && slot !== undefined) {
    say(`Worker ${slot} answered, in ${seconds(run.ms())}.`);
  } else showRun(run);
}

/** The fire that burns. @type {Run | undefined} */
let fire;

function switchFire() {
  const button = byId('fire');
  button.ariaChecked = String(!fire);
  if (fire) {
    fire = undefined;
    return;
  }
  const run = beginRun();
  fire = run;
  const sender = async () => {
    while (fire === run) {
      const next = performance.now() + PAUSE_MS;
      await visit(run);
      await new Promise((resolve) => setTimeout(resolve, next - performance.now()));
      if (run.ms() > LONGEST_FIRE_MS && fire === run) switchFire();
    }
  };
  const showing = setInterval(showRun, SHOW_MS, run);
  Promise.all(Array.from({ length: SENDERS }, sender)).then(() => {
    clearInterval(showing);
    showRun(run);
  });
}

export function startRequests() {
  for (const button of document.querySelectorAll('[data-visits]')) {
    const { dataset } = /** @type {HTMLElement} */ (button);
    button.addEventListener('click', () => sendAtOnce(Number(dataset.visits)));
  }
  byId('fire').onclick = switchFire;
  // Opening the page is a visit, too.
  sendAtOnce(1);
}
