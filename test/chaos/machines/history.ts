// Judges what the workers of several machines heard of each other: order, no duplicates, every loss inside a gap that was told,
// and every request settled in time. Pure: it knows nothing but what the workers wrote down.

/** Numbers of one sender that came one after the other, none missing. */
export interface Run {
  readonly sender: string;
  /** Of the sender, as it was called then. */
  readonly machine: string;
  readonly from: number;
  readonly to: number;
  /** When the first and the last of them came, by the clock of the receiver, in milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Messages of a machine may have been missed. */
export interface Gap {
  readonly machine: string;
  readonly atMs: number;
}

/** What one worker wrote down. */
export interface Report {
  readonly name: string;
  /** How many messages it sent: 0, 1, 2, … */
  readonly sent: number;
  readonly runs: readonly Run[];
  readonly gaps: readonly Gap[];
  readonly requests: {
    readonly pending: number;
    readonly slowestMs: number;
    /** How many got the answer to another request. */
    readonly mistaken: number;
  };
}

export interface Limits {
  /** How much later than the first message after a loss its gap may be told, in milliseconds. */
  readonly tellMs: number;
  /** How long a request may take, in milliseconds. */
  readonly settleMs: number;
}

/** @returns what must not be, as sentences */
export function faultsOf(reports: readonly Report[], limits: Limits): string[] {
  const sent = new Map(reports.map(({ name, sent }) => [name, sent]));
  return reports.flatMap((report) => {
    const heard = [...bySender(report.runs)].flatMap(([sender, runs]) =>
      faultsBetween(report, runs, sent.get(sender), limits),
    );
    return [...heard, ...faultsOfRequests(report, limits)];
  });
}

/** @param sent by that sender; `undefined` for one that was killed */
function faultsBetween(
  { name, gaps }: Report,
  runs: readonly Run[],
  sent: number | undefined,
  { tellMs }: Limits,
): string[] {
  const faults: string[] = [];
  for (const [i, run] of runs.entries()) {
    const next = runs[i + 1];
    const { sender } = run;
    if (sent !== undefined && run.to >= sent) {
      faults.push(`${name} heard ${run.to} of ${sender}, which sent ${sent}`);
    }
    const nextFrom = next?.from ?? sent ?? run.to + 1;
    if (next && next.from <= run.to) {
      faults.push(`${name} heard ${next.from} of ${sender} after ${run.to}`);
    } else if (nextFrom > run.to + 1 && !isTold(gaps, run, next, tellMs)) {
      faults.push(`${name} missed ${run.to + 1} to ${nextFrom - 1} of ${sender}, and no gap`);
    }
  }
  return faults;
}

/** Whether a gap of its machine was told after the last message before the loss, and not too late. */
function isTold(
  gaps: readonly Gap[],
  before: Run,
  after: Run | undefined,
  tellMs: number,
): boolean {
  const untilMs = (after?.fromMs ?? Number.POSITIVE_INFINITY) + tellMs;
  return gaps.some(
    ({ machine, atMs }) =>
      (machine === before.machine || machine === after?.machine) &&
      atMs >= before.toMs &&
      atMs <= untilMs,
  );
}

function faultsOfRequests({ name, requests }: Report, { settleMs }: Limits): string[] {
  const { pending, slowestMs, mistaken } = requests;
  return [
    ...(pending > 0 ? [`${pending} requests of ${name} are not settled`] : []),
    ...(slowestMs > settleMs ? [`a request of ${name} took ${Math.round(slowestMs)} ms`] : []),
    ...(mistaken > 0 ? [`${name} got ${mistaken} answers to other requests`] : []),
  ];
}

function bySender(runs: readonly Run[]): Map<string, Run[]> {
  const groups = new Map<string, Run[]>();
  for (const run of runs) groups.set(run.sender, [...(groups.get(run.sender) ?? []), run]);
  return groups;
}
