// What each process of the chaos does, the primary as well: sends numbered messages to all others and asks
// them, and checks everything that it hears.
// @ts-check

/** @typedef {import('@muster/bus').Bus<{ numbered: { n: number, text: string } }, { echo: (n: number) => number, unsettled: () => number }>} ChaosBus */

/**
 * @param {ChaosBus} bus
 * @param {(violation: string) => void} violated
 */
export function takePart(bus, violated) {
  /** The last number from each process. @type {Map<string, number>} */
  const last = new Map();
  /** The newest generation that was announced of each slot. @type {Map<string | number, number>} */
  const newest = new Map();
  /** @type {Set<string>} */
  const gone = new Set();
  const counts = { heard: 0, sent: 0, asked: 0, answered: 0, failed: 0, unsettled: 0 };
  const key = (/** @type {import('@muster/bus').Member} */ one) => `${one.slot}:${one.generation}`;

  bus.onJoined((member) => newest.set(member.slot, member.generation));
  bus.onLeft((member) => gone.add(key(member)));
  bus.on('numbered', ({ n }, { from }) => {
    counts.heard++;
    const who = key(from);
    const before = last.get(who);
    if (before !== undefined && n === before) violated(`${n} of ${who} came twice`);
    if (before !== undefined && n < before) violated(`${n} of ${who} came after ${before}`);
    // Who sends awaits: none is lost.
    if (before !== undefined && n > before + 1) violated(`${n} of ${who} came after ${before}`);
    last.set(who, Math.max(n, before ?? 0));
    if (gone.has(who)) violated(`${n} of ${who} came after it had left`);
    if (from.generation < (newest.get(from.slot) ?? 0)) {
      violated(`${n} of ${who} came after generation ${newest.get(from.slot)} had joined`);
    }
  });
  bus.handle('echo', (n) => n);

  let n = 0;
  let stopped = false;
  const text = 'x'.repeat(200);
  const send = async () => {
    while (!stopped) {
      for (let i = 0; i < 20; i++) {
        counts.sent++;
        await bus.broadcast('numbered', { n: ++n, text });
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  /** @param {number} asked */
  const ask = async (asked) => {
    const others = bus.members().filter((one) => key(one) !== key(bus.self));
    const target = others[asked % others.length];
    if (target === undefined) return;
    counts.asked++;
    counts.unsettled++;
    try {
      const answer = await bus.request(target.slot, 'echo', asked, { timeoutMs: 4_000 });
      if (answer !== asked) violated(`asked ${key(target)} for ${asked} and got ${answer}`);
      counts.answered++;
    } catch (error) {
      const { code } = /** @type {{ code?: string }} */ (error);
      if (code !== 'MUSTER_WORKER_GONE' && code !== 'MUSTER_REQUEST_TIMEOUT')
        violated(String(error));
      counts.failed++;
    } finally {
      counts.unsettled--;
    }
  };
  let turn = 0;
  void send();
  const asking = setInterval(() => void ask(turn++), 10);
  return {
    counts,
    stop() {
      stopped = true;
      clearInterval(asking);
    },
  };
}
