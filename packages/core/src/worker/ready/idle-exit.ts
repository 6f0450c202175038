/**
 * A program ends when nothing is left to do. The channel to its primary would keep a worker for ever; it does not while
 * the worker starts, from when its code has run, where the code waits for nothing that comes over the channel:
 * connections of its servers, messages. One that is ready has said that it is there to stay.
 */
import cluster from 'node:cluster';
import { hasBus } from '../app/bus-presence.js';
import { hasListenCalls, onListenChange } from '../servers/listen-tracker.js';

/** Of node:cluster itself, which tells them to `cluster.worker`. */
const OWN_MESSAGE_LISTENERS = 1;

let stays = false;
let released = false;

/** Lets the worker end when nothing is left to do. Call it when the app's code has run. */
export function exitWhenIdle(): void {
  const { channel } = process;
  if (!channel || stays || awaitsEvents()) return;
  channel.unref();
  released = true;
  process.on('beforeExit', look);
  onListenChange(stayAlive);
}

/** From here on it ends only when it is told to. */
export function stayAlive(): void {
  stays = true;
  if (!released) return;
  released = false;
  process.off('beforeExit', look);
  process.channel?.ref();
}

/** Whether the channel keeps the process. */
export function channelKeepsAlive(): boolean {
  return process.connected && !released;
}

function look(): void {
  if (awaitsEvents()) stayAlive();
}

function awaitsEvents(): boolean {
  const awaitsMessages =
    process.listenerCount('message') > OWN_MESSAGE_LISTENERS ||
    (cluster.worker?.listenerCount('message') ?? 0) > 0;
  return awaitsMessages || hasListenCalls() || hasBus();
}
