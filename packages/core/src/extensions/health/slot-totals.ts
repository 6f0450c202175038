// What all processes of a slot did so far: unlike what one process counts, it never falls.
import type { ProcessTotals } from '../../channel/heartbeat.js';

export interface SlotTotals {
  cpuMs: number;
  requests: number;
  busSent: number;
  busReceived: number;
}

/** Adds what a process of this slot did between the two times that it told. */
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
