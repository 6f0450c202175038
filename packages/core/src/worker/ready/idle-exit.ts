/**
 * A program ends when nothing is left to do, but the channel to its primary would keep a worker alive for ever. So while a
 * worker starts, and once its code has run, the channel does not keep it alive, unless the code waits for something that
 * comes over the channel: connections of its servers, or messages. A worker that is ready stays.
 */
import cluster from 'node:cluster';
import { hasBus } from '../app/bus-presence.js';
import { hasListenCalls, onListenChange } from '../servers/listen-tracker.js';

/** The listener of node:cluster itself, which forwards messages to `cluster.worker`. */
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

/** From here on the worker ends only when it is asked to. */
export function stayAlive(): void {
  stays = true;
  if (!released) return;
  released = false;
  process.off('beforeExit', look);
  process.channel?.ref();
}

/** Whether the channel keeps the process alive. */
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
