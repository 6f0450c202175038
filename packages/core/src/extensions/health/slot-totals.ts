// The totals of all processes of a slot so far. Unlike the counters of one process, they never fall.
import type { ProcessTotals } from '../../channel/heartbeat.js';

export interface SlotTotals {
  cpuMs: number;
  requests: number;
  busSent: number;
  busReceived: number;
}

/** Adds what a process of this slot did between two of its reports. */
export function addProgress(
  totals: Map<number, SlotTotals>,
  slot: number,
  before: ProcessTotals | undefined,
  now: ProcessTotals,
): void {
  const sum = totals.get(slot) ?? { cpuMs: 0, requests: 0, busSent: 0, busReceived: 0 };
  const since = (count = 0, was = 0) => Math.max(0, count - was);
  sum.cpuMs += since(now.cpuMs, before?.cpuMs);
  sum.requests += since(now.requests, before?.requests);
  sum.busSent += since(now.bus?.sent, before?.bus?.sent);
  sum.busReceived += since(now.bus?.received, before?.bus?.received);
  totals.set(slot, sum);
}
