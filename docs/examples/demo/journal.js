// What happens, as the primaries tell it: each keeps the last entries of all machines, and its workers show them.
import { createBus } from '@muster/core';

/** How many entries are kept. */
const MOST_ENTRIES = 60;
/** Characters of an entry: a line of the chat, and what is said about it. */
const MOST_TEXT = 400;

/** @typedef {'down' | 'start' | 'ready' | 'reload' | 'chat' | 'machine'} Kind */
/** @typedef {{ id: string, at: number, machine: string, kind: Kind, text: string }} JournalEntry */

/**
 * @param {import('@muster/core').Cluster} cluster
 * @returns {{ backMs: (slot: number) => number | undefined }} the milliseconds for which a slot was empty before its present worker
 */
export function keepJournal(cluster) {
  const bus = createBus();
  /** @type {JournalEntry[]} */
  let kept = [];
  let count = 0;
  /** When the worker of a slot died. @type {Map<number, number>} */
  const died = new Map();
  /** @type {Map<number, number>} */
  const back = new Map();

  const keep = (/** @type {JournalEntry} */ entry) => {
    kept = [...kept, entry].slice(-MOST_ENTRIES);
    bus.broadcast('journal', kept, { retain: true, scope: 'machine' });
  };
  /** @param {Kind} kind @param {string} text @returns {JournalEntry} */
  const entryOf = (kind, text) => {
    count += 1;
    // The name at this moment: of two machines with the same one, the second is renamed.
    const { machine } = bus.self;
    return {
      id: `${machine}/${process.pid}/${count}`,
      at: Date.now(),
      machine,
      kind,
      text: text.slice(0, MOST_TEXT),
    };
  };
  const tell = (/** @type {Kind} */ kind, /** @type {string} */ text) => {
    bus.broadcast('journal.entry', entryOf(kind, text), { to: 'primary', self: true });
  };
  bus.on('journal.entry', keep);
  // Each primary hears it from the worker itself.
  bus.on('say', ({ name, text, slot }, { from }) =>
    keep({ ...entryOf('chat', `${name}: “${text}” by worker ${slot}`), machine: from.machine }),
  );

  cluster.on('workerStart', ({ slot, pid, generation }) =>
    tell('start', `worker ${slot} starts: generation ${generation}, pid ${pid}`),
  );
  cluster.on('workerReady', ({ slot, generation }) => {
    const since = died.get(slot);
    died.delete(slot);
    if (since === undefined) back.delete(slot);
    else back.set(slot, Math.round(performance.now() - since));
    tell('ready', `worker ${slot} ${readyText(generation, back.get(slot))}`);
  });
  cluster.on('workerExit', ({ slot, pid, code, signal, planned }) => {
    if (!planned && !died.has(slot)) died.set(slot, performance.now());
    if (planned) tell('start', `worker ${slot} (pid ${pid}) has drained, and is gone`);
    else
      tell('down', `worker ${slot} (pid ${pid}) ${signal ? `died: ${signal}` : `exited: ${code}`}`);
  });
  cluster.on('reloadStart', () => tell('reload', 'reload: one new worker first, the canary'));
  cluster.on('reloadEnd', ({ replaced, error }) =>
    tell('reload', error ? `reload failed: ${error}` : `reload: ${replaced.length} replaced`),
  );
  cluster.on('roleDegraded', ({ reason }) =>
    tell('down', `workers fail again and again: ${reason}`),
  );
  /** @param {import('@muster/bus').Member} member @param {string} what */
  const tellOfMachine = (member, what) => {
    if (member.role !== 'primary' || member.machine === bus.self.machine) return;
    keep({ ...entryOf('machine', what), machine: member.machine });
  };
  bus.onJoined((member) => tellOfMachine(member, 'this machine has joined'));
  bus.onLeft((member) => tellOfMachine(member, 'this machine is gone'));
  for (const { slot, pid } of cluster.workers()) tell('ready', `worker ${slot} serves: pid ${pid}`);
  return { backMs: (slot) => back.get(slot) };
}

/** @param {number} generation @param {number} [backMs] */
function readyText(generation, backMs) {
  return backMs === undefined
    ? `is ready: generation ${generation}`
    : `is back after ${(backMs / 1000).toFixed(1)} s: generation ${generation}`;
}
