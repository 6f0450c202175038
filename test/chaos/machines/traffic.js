// What a worker sends to the others, and what it hears of them: judged as it comes.
import { createBus } from '@muster/core';

/** Between two rounds of messages, in milliseconds. */
const PACE_MS = 5;

/** How long a request may take, beside what the promise says, on a machine that is busy. In milliseconds. */
const SLOW_MS = 20_000;

/**
 * @typedef {object} Report
 * @property {string} name of this process
 * @property {number} sent how many messages
 * @property {Record<string, { machine: string, heard: number, last: number, missing: number }>} senders by name
 * @property {string[]} faults what must not be: sentences
 * @property {string[]} gaps the machines of which something may have been missed
 * @property {number} pending requests that are not settled
 * @property {Record<string, number>} outcomes of requests
 */

export function startTraffic() {
  const bus = createBus();
  const name = `${bus.self.machine}/${bus.self.slot}/${process.pid}`;
  /** @type {Report} */
  const report = { name, sent: 0, senders: {}, faults: [], gaps: [], pending: 0, outcomes: {} };
  let isRunning = true;

  bus.on('numbered', (/** @type {{ name: string, number: number }} */ message, { from }) => {
    const none = { machine: from.machine, heard: 0, last: -1, missing: 0 };
    const sender = report.senders[message.name] ?? none;
    report.senders[message.name] = sender;
    if (message.number <= sender.last)
      report.faults.push(`${name} heard ${message.number} of ${message.name} after ${sender.last}`);
    // What one sent before it was heard for the first time is not missed.
    if (sender.last >= 0) sender.missing += Math.max(0, message.number - sender.last - 1);
    sender.last = message.number;
    sender.heard++;
  });
  bus.onGap(({ machine }) => report.gaps.push(machine));
  bus.handle('echo', (number) => number);

  const ask = async () => {
    const others = bus.members().filter(({ slot }) => slot !== 'primary');
    const other = others[Math.floor(Math.random() * others.length)];
    if (other === undefined) return;
    const { machine, slot } = other;
    report.pending++;
    const startedAt = performance.now();
    const number = report.sent;
    const outcome = await bus
      .request({ machine, slot }, 'echo', number, { timeoutMs: Number.POSITIVE_INFINITY })
      .then((reply) => (reply === number ? 'ok' : 'another answer'))
      .catch(({ code }) => String(code));
    report.pending--;
    report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1;
    if (outcome === 'another answer')
      report.faults.push(`${name} got the answer to another request`);
    if (performance.now() - startedAt > SLOW_MS)
      report.faults.push(`${name} waited for ${machine}`);
  };

  const send = async () => {
    while (isRunning) {
      for (let i = 0; i < 3; i++) {
        await bus.broadcast('numbered', { name, number: report.sent++ });
      }
      if (report.sent % 30 === 0) void ask();
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    }
  };
  const sending = send();

  return {
    /** Sends nothing more. */
    async quiet() {
      isRunning = false;
      await sending;
      return name;
    },
    report: async () => report,
  };
}
