/**
 * What a worker reports to its primary at regular intervals, and what the primary asks of it. These messages travel beside
 * the bus, like those of lifecycle-message.ts, so that they do not wait behind an outbox.
 *
 * A worker can send anything, so everything read here is checked: numbers are finite and not negative, and texts are short.
 */
import { openIpcChannel, type Peer } from './ipc-channel.js';
import { isSparse } from './response-buckets.js';

const channel = openIpcChannel('NODE_MUSTER_HEALTH');

/** What a process has done since its start: with totals, a lost message loses nothing, and nothing is counted twice. */
export interface ProcessTotals {
  /** Of all threads. */
  cpuMs: number;
  /** HTTP requests received. */
  requests: number;
  /** Missing if the process has no bus. */
  bus?: { sent: number; received: number; queuedBytes: number };
  /** Missing if the process has had no near cache. */
  near?: NearTotals;
}

/** As `NearCounters` of the store: what all near caches have done, and the `entries` that they have now. */
export interface NearTotals {
  hits: number;
  misses: number;
  stale: number;
  gaps: number;
  entries: number;
}

/** Totals, measurements over the interval since the last heartbeat, and the state at this moment. */
export interface Heartbeat extends ProcessTotals {
  /** 0 in the first heartbeat, which has no interval. */
  intervalMs: number;
  /** Milliseconds until the next heartbeat, unless the primary asks for more. */
  nextMs: number;
  rssBytes: number;
  /** Resident bytes that are not pages of files: without code, and without the map of an embedded store. */
  ownBytes: number;
  heapUsedBytes: number;
  eventLoopDelayP99Ms: number;
  eventLoopUtilization: number;
  connections: number;
  /** Where its inspector listens; empty if it is closed. */
  inspectorUrl: string;
  /** Whether a signal would open it. It does not if the app listens to that signal itself. */
  opensInspector: boolean;
  /** Over the interval. Missing while nobody observes the store. */
  store?: { calls: number; failures: number; p99Ms: number };
  /** Over the interval, as `sparse` of response-buckets.ts. Missing while nobody observes them. */
  responses?: readonly number[];
}

/**
 * From the primary to a worker. `store`: count the calls of the store, and time responses. `closely`: somebody is looking, so measure closely
 * and report often.
 */
export type ObserveRequest = { type: 'observe'; store: boolean; closely: boolean };

/** A peer that is gone is not an error: its exit is seen elsewhere. */
export function sendHealthMessage(
  peer: Peer,
  message: Heartbeat | ProcessTotals | ObserveRequest,
): void {
  channel.send(peer, message);
}

/** In the primary. The last message of a worker that exits has totals only. Returns a function that ends the listening. */
export function onHeartbeat(
  peer: Peer,
  listener: (totals: ProcessTotals, heartbeat: Heartbeat | undefined) => void,
): () => void {
  return channel.listen(peer, (message) => {
    const totals = readTotals(message);
    if (totals) listener(totals, readHeartbeat(message));
  });
}

/** In a worker, which trusts its primary. Returns a function that ends the listening. */
export function onObserveRequest(
  peer: Peer,
  listener: (request: ObserveRequest) => void,
): () => void {
  return channel.listen(peer, (message) => listener(message as ObserveRequest));
}

/** Characters of an address. */
const MAX_URL = 200;

const NUMBERS = [
  'intervalMs',
  'nextMs',
  'rssBytes',
  'ownBytes',
  'heapUsedBytes',
  'eventLoopDelayP99Ms',
  'eventLoopUtilization',
  'connections',
] as const;

/** `undefined` if the message is not a heartbeat. Parts that are not valid are left out. */
export function readHeartbeat(message: unknown): Heartbeat | undefined {
  const totals = readTotals(message);
  const given = numbersOf(message, NUMBERS);
  if (totals === undefined || given === undefined) return undefined;
  const { store, responses, inspectorUrl, opensInspector } = message as Record<string, unknown>;
  return {
    ...totals,
    ...given,
    inspectorUrl: isShort(inspectorUrl) ? inspectorUrl : '',
    opensInspector: opensInspector !== false,
    ...maybe('store', numbersOf(store, ['calls', 'failures', 'p99Ms'])),
    ...maybe('responses', isSparse(responses) ? responses : undefined),
  };
}

export function readTotals(message: unknown): ProcessTotals | undefined {
  const given = numbersOf(message, ['cpuMs', 'requests']);
  if (given === undefined) return undefined;
  const { bus, near } = message as { bus?: unknown; near?: unknown };
  return {
    ...given,
    ...maybe('bus', numbersOf(bus, ['sent', 'received', 'queuedBytes'])),
    ...maybe('near', numbersOf(near, ['hits', 'misses', 'stale', 'gaps', 'entries'])),
  };
}

function numbersOf<Name extends string>(
  value: unknown,
  names: readonly Name[],
): Record<Name, number> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const read = names.map((name) => [name, (value as Record<string, unknown>)[name]] as const);
  const right = read.every(([, one]) => Number.isFinite(one) && (one as number) >= 0);
  return right ? (Object.fromEntries(read) as Record<Name, number>) : undefined;
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_URL;
}

function maybe<Name extends string, Value>(name: Name, value: Value | undefined) {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>);
}
