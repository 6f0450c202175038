/**
 * Whether a process whose code has run, and that has no server, is still starting: frameworks read files, import modules
 * and connect to databases before they listen, and return no promise for it. The only difference to a process that will
 * never have a server is that the latter comes to rest.
 */

import { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { clearTimeout, setTimeout } from 'node:timers';
import { channelKeepsAlive } from './idle-exit.js';

export interface Settling {
  readonly over: boolean;
  stop(): void;
}

/** Milliseconds between two checks. */
const POLL_MS = 250;
/** Milliseconds after which a process that nothing keeps alive is checked once more. */
const RECHECK_MS = 50;
/** The share of its time for which a starting process is busy; while it waits for a database, it may have nothing to do. */
const BUSY = 0.5;
/** Requests of a process that starts: opening a connection, looking up a name. */
const STARTING = new Set(['TCPConnectWrap', 'PipeConnectWrap', 'GetAddrInfoReqWrap']);

/** @param told called once, when the process has come to rest */
export function settling(settleMs: number, mostMs: number, told: () => void): Settling {
  if (settleMs === 0) return { over: true, stop() {} };
  const beganAt = performance.now();
  let quietSince = beganAt;
  let before = performance.eventLoopUtilization();
  let over = false;
  let lastLookIdle = false;

  const look = () => {
    const resources = process.getActiveResourcesInfo();
    const now = performance.now();
    const { utilization } = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    if (isStarting(utilization, resources)) quietSince = now;
    const idle = !isKeptAlive(resources);
    over = (idle && lastLookIdle) || now - quietSince >= settleMs || now - beganAt >= mostMs;
    lastLookIdle = idle;
    if (over) told();
    else timer = setTimeout(look, idle ? RECHECK_MS : Math.min(POLL_MS, settleMs)).unref();
  };
  let timer = setTimeout(look, 0).unref();
  return {
    get over() {
      return over;
    },
    stop: () => clearTimeout(timer),
  };
}

/** @param utilization of its event loop since the last look, 0 to 1 */
export function isStarting(utilization: number, resources: readonly string[]): boolean {
  return utilization >= BUSY || resources.some((one) => STARTING.has(one));
}

/** Whether the process has more open than every worker has: its channel to the primary, and its output. */
function isKeptAlive(resources: readonly string[]): boolean {
  const output = [process.stdout, process.stderr].filter((stream) => stream instanceof Socket);
  return resources.length > output.length + (channelKeepsAlive() ? 1 : 0);
}
