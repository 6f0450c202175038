// What all processes of a slot did so far: unlike what one process counts, it never falls.
import type { ProcessTotals } from '../../channel/heartbeat.js';

export interface SlotTotals {
  cpuMs: number;
  requests: number;
  busSent: number;
  busReceived: number;
}

/** Adds what a process of this slot did between the two times that it told. */
export function addNews(
  totals: Map<number, SlotTotals>,
  slot: number,
  before: ProcessTotals | undefined,
  told: ProcessTotals,
): void {
  const sum = totals.get(slot) ?? { cpuMs: 0, requests: 0, busSent: 0, busReceived: 0 };
  const news = (now = 0, was = 0) => Math.max(0, now - was);
  sum.cpuMs += news(told.cpuMs, before?.cpuMs);
  sum.requests += news(told.requests, before?.requests);
  sum.busSent += news(told.bus?.sent, before?.bus?.sent);
  sum.busReceived += news(told.bus?.received, before?.bus?.received);
  totals.set(slot, sum);
}
