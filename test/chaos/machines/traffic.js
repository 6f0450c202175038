// What a worker sends to the others, and what it hears of them, written down for history.ts to judge.
import { createBus } from '@muster/core';

/** Between two rounds of messages, in milliseconds. */
const PACE_MS = 5;

/** @typedef {import('./history.js').Run} Run */
/** @template Type @typedef {{ -readonly [Name in keyof Type]: Type[Name] }} Writable */

export function startTraffic() {
  const bus = createBus();
  const name = `${bus.self.machine}/${bus.self.slot}/${process.pid}`;
  const requests = { pending: 0, slowestMs: 0, mistaken: 0 };
  const report = {
    ...{ name, sent: 0, requests },
    runs: /** @type {Writable<Run>[]} */ ([]),
    gaps: /** @type {import('./history.js').Gap[]} */ ([]),
  };
  /** @type {Map<string, Writable<Run>>} The last of each sender. */
  const last = new Map();
  let isRunning = true;

  bus.on('numbered', (/** @type {{ name: string, number: number }} */ message, { from }) => {
    const { name: sender, number } = message;
    const now = performance.now();
    const run = last.get(sender);
    if (run !== undefined && number === run.to + 1 && from.machine === run.machine) {
      run.to = number;
      run.toMs = now;
      return;
    }
    const { machine } = from;
    const next = { sender, machine, from: number, to: number, fromMs: now, toMs: now };
    last.set(sender, next);
    report.runs.push(next);
  });
  bus.onGap(({ machine }) => report.gaps.push({ machine, atMs: performance.now() }));
  bus.handle('echo', (number) => number);

  const ask = async () => {
    const others = bus.members().filter(({ slot }) => slot !== 'primary');
    const other = others[Math.floor(Math.random() * others.length)];
    if (other === undefined) return;
    const { machine, slot } = other;
    requests.pending++;
    const startedAt = performance.now();
    const number = report.sent;
    const to = { machine, slot };
    await bus.request(to, 'echo', number, { timeoutMs: Number.POSITIVE_INFINITY }).then(
      (reply) => {
        if (reply !== number) requests.mistaken++;
      },
      // Whoever is killed answers nothing: that it is settled is enough.
      () => {},
    );
    requests.pending--;
    requests.slowestMs = Math.max(requests.slowestMs, performance.now() - startedAt);
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
