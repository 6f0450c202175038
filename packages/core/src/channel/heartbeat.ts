/**
 * What a worker tells its primary in regular intervals, and what the primary answers to it: next to the bus, as lifecycle-message.ts
 * does, so that it waits behind no outbox.
 *
 * A worker can send anything. What is read here is checked: numbers that are finite and not below 0, and short texts.
 */
import { openIpcChannel, type Peer } from './ipc-channel.js';

const channel = openIpcChannel('NODE_MUSTER_HEALTH');

/** What a process did so far, from its start on: so that nothing is counted twice, and nothing lost with a message. */
export interface ProcessTotals {
  /** Of all threads. */
  cpuMs: number;
  /** HTTP requests that came. */
  requests: number;
  /** Missing where no bus was created. */
  bus?: { sent: number; received: number; queuedBytes: number };
}

/** Its totals, what it was in the interval since the heartbeat before, and what it is at this moment. */
export interface Heartbeat extends ProcessTotals {
  /** 0 in the first one: it has no interval. */
  intervalMs: number;
  /** Until the next one, unless the primary asks for more. */
  nextMs: number;
  rssBytes: number;
  /** Of them those that no file stands behind: without the code, and without the pages of an embedded store. */
  ownBytes: number;
  heapUsedBytes: number;
  eventLoopDelayP99Ms: number;
  eventLoopUtilization: number;
  connections: number;
  /** Where its inspector listens; empty where it is closed. */
  inspectorUrl: string;
  /** Whether a signal would open it: not where the app listens to that signal itself. */
  opensInspector: boolean;
  /** Over the interval. Missing while nobody looks. */
  store?: { calls: number; failures: number; p99Ms: number };
}

/**
 * Primary to worker. `observe`: whether anybody wants to know about calls of the store, and whether somebody looks: then it
 * is measured closely, and told often.
 */
export type ObserveRequest = { type: 'observe'; store: boolean; closely: boolean };

/** A peer that is gone is no error: its exit is seen elsewhere. */
export function sendHealthMessage(
  peer: Peer,
  message: Heartbeat | ProcessTotals | ObserveRequest,
): void {
  channel.send(peer, message);
}

/** In the primary. What a worker says as it ends has totals and no more. Returns what ends it. */
export function onHeartbeat(
  peer: Peer,
  listener: (totals: ProcessTotals, heartbeat: Heartbeat | undefined) => void,
): () => void {
  return channel.listen(peer, (message) => {
    const totals = readTotals(message);
    if (totals) listener(totals, readHeartbeat(message));
  });
}

/** In a worker, which trusts its primary. Returns what ends it. */
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

/** `undefined` for what is no heartbeat; parts that are not right are left out. */
export function readHeartbeat(message: unknown): Heartbeat | undefined {
  const totals = readTotals(message);
  const given = numbersOf(message, NUMBERS);
  if (totals === undefined || given === undefined) return undefined;
  const { store, inspectorUrl, opensInspector } = message as Record<string, unknown>;
  return {
    ...totals,
    ...given,
    inspectorUrl: isShort(inspectorUrl) ? inspectorUrl : '',
    opensInspector: opensInspector !== false,
    ...maybe('store', numbersOf(store, ['calls', 'failures', 'p99Ms'])),
  };
}

export function readTotals(message: unknown): ProcessTotals | undefined {
  const given = numbersOf(message, ['cpuMs', 'requests']);
  if (given === undefined) return undefined;
  const { bus } = message as { bus?: unknown };
  return { ...given, ...maybe('bus', numbersOf(bus, ['sent', 'received', 'queuedBytes'])) };
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
