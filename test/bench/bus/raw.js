// The straightforward version: process.send, and a primary that forwards what says whom it is for.
// @ts-check

import cluster from 'node:cluster';

/**
 * @typedef {object} Link
 * @property {(scenario: import('./scenarios.js').Scenario, slot: number) => Promise<void>} serve
 * @property {(payload: { at: number }) => void} send to all
 * @property {(payload: unknown) => Promise<unknown>} ask slot 1
 * @property {(listener: (from: number, at: number) => void) => void} onConfirm
 */

/** @returns {Link | undefined} */
export function connectRaw() {
  if (cluster.isPrimary) {
    cluster.on('message', (sender, message) => {
      if (typeof message !== 'object' || message.to === undefined) return;
      const from = sender.id - 1;
      for (const worker of Object.values(cluster.workers ?? {})) {
        const isMeant =
          message.to === 'all' ? worker !== sender : message.to === Number(worker?.id) - 1;
        if (isMeant) worker?.send({ ...message, from });
      }
    });
    return undefined;
  }
  /** @type {(from: number, at: number) => void} */
  let confirm = () => {};
  let lastId = 0;
  /** @type {Map<number, (value: unknown) => void>} */
  const pending = new Map();
  return {
    async serve({ every }) {
      let count = 0;
      process.on('message', (/** @type {any} */ message) => {
        const { type, from, at, id, payload } = message;
        if (type === 'data') {
          count++;
          if (count % every === 0) process.send?.({ type: 'confirm', to: from, at: payload.at });
        } else if (type === 'confirm') confirm(from, at);
        else if (type === 'ask') process.send?.({ type: 'answer', to: from, id, payload });
        else if (type === 'answer') {
          pending.get(id)?.(payload);
          pending.delete(id);
        }
      });
    },
    send(payload) {
      process.send?.({ type: 'data', to: 'all', payload });
    },
    ask(payload) {
      const id = ++lastId;
      return new Promise((resolve) => {
        pending.set(id, resolve);
        process.send?.({ type: 'ask', to: 1, id, payload });
      });
    },
    onConfirm(listener) {
      confirm = listener;
    },
  };
}
