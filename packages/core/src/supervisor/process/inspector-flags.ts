/**
 * The inspector flags of a fork: a pure function of the user's arguments.
 *
 * A debugger runs code as the user of the service, and a port of loopback is open to every user of the machine. So no
 * worker has an open inspector unless its user asks for one. A signal may open it for a moment (see
 * health/stack-capture.ts), on a port that the kernel chooses and under a random id that appears only on the worker's stderr:
 * Node answers `/json/list` on that port with 404, and nobody attaches without the id.
 */
export interface InspectorFlags {
  /** Node's arguments, in addition to those of the user. */
  readonly execArgv: readonly string[];
  /** The port for its `--inspect-port`, which node:cluster adds; 0: the kernel chooses. */
  readonly port: number;
  /** Whether a signal opens it, and only the worker's stderr shows its address. */
  readonly opensInSecret: boolean;
}

export interface InspectorQuestion {
  readonly execArgv: readonly string[];
  /** `NODE_OPTIONS` of the worker. */
  readonly nodeOptions: string | undefined;
  readonly slot: number;
  /** Whether another process still is in this slot. */
  readonly overlaps: boolean;
}

/** Node's own default. */
const DEFAULT_PORT = 9229;
const SECRET = 'stderr';

export function inspectorFlags(question: InspectorQuestion): InspectorFlags {
  // Node reads NODE_OPTIONS first; of two that differ, the last one counts.
  const said = [question.nodeOptions ?? '', ...question.execArgv].join(' ');
  const isOpen = /(?:^|\s)--inspect(?:-brk|-wait)?(?:[=\s]|$)/.test(said);
  const published = last(said, /(?:^|\s)--inspect-publish-uid[=\s](\S+)/g);
  const execArgv = isOpen || published !== undefined ? [] : [`--inspect-publish-uid=${SECRET}`];
  return {
    execArgv,
    port: portOf(said, isOpen, question),
    opensInSecret:
      !isOpen && (published ?? SECRET) === SECRET && !/(?:^|\s)--disable-sigusr1\b/.test(said),
  };
}

/**
 * A given `--inspect-port` is kept. Otherwise the port is that of `--inspect` + 1 + slot, so that a debugger finds a slot's
 * worker where its predecessor was. While the predecessor is still there, any free port, which Node prints.
 */
function portOf(said: string, isOpen: boolean, { slot, overlaps }: InspectorQuestion): number {
  const own = last(said, /(?:^|\s)--(?:inspect|debug)-port[=\s](?:\S*:)?(\d+)(?=\s|$)/g);
  if (own !== undefined) return Number(own);
  if (!isOpen || overlaps) return 0;
  const given = last(said, /(?:^|\s)--inspect(?:-brk|-wait)?=(?:\S*:)?(\d+)(?=\s|$)/g);
  const first = Number(given ?? DEFAULT_PORT);
  const port = first === 0 ? 0 : first + 1 + slot;
  return port <= 65_535 ? port : 0;
}

function last(text: string, pattern: RegExp): string | undefined {
  return [...text.matchAll(pattern)].at(-1)?.[1];
}
