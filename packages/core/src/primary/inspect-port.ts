// Which port a worker's inspector gets, if it is started: a pure function of its arguments and its slot.

/** Node's own default. */
const DEFAULT_PORT = 9229;

/**
 * What is said with `--inspect-port` is left as it is; else the port of `--inspect` + 1 + slot, so that a debugger finds
 * a slot's worker where its predecessor was. While that one still is there, any free port: Node prints which.
 */
export function inspectPort(execArgv: readonly string[], slot: number, overlaps: boolean): number {
  const said = portOf(execArgv, /^--inspect-port=(?:.*:)?(\d+)$/);
  if (said !== undefined) return said;
  if (overlaps) return 0;
  const first = portOf(execArgv, /^--inspect(?:-brk|-wait)?=(?:.*:)?(\d+)$/) ?? DEFAULT_PORT;
  const port = first === 0 ? 0 : first + 1 + slot;
  return port <= 65_535 ? port : 0;
}

function portOf(execArgv: readonly string[], pattern: RegExp): number | undefined {
  const ports = execArgv.flatMap((argument) => pattern.exec(argument)?.[1] ?? []);
  return ports.length > 0 ? Number(ports.at(-1)) : undefined;
}
