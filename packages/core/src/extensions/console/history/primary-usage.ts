// What the primary itself uses.
import { performance } from 'node:perf_hooks';

export class PrimaryUsage {
  #at = performance.now();
  #usage = process.cpuUsage();

  /** Since the last call. `cpu`: processors in use. */
  take(): { readonly cpu: number; readonly rssBytes: number } {
    const now = performance.now();
    const { user, system } = process.cpuUsage(this.#usage);
    const cpu = (user + system) / 1_000 / Math.max(1, now - this.#at);
    this.#at = now;
    this.#usage = process.cpuUsage();
    return { cpu, rssBytes: process.memoryUsage.rss() };
  }
}
