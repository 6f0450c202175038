// The calls of one store that are under way: each settles within its deadline, whatever happens to the servers. The timer of the
// deadline keeps the process alive meanwhile; connections do not.
import { performance } from 'node:perf_hooks';
import { setImmediate, setTimeout } from 'node:timers';
import { clearTimer, setTimer, type Timer } from '@muster/codec/timers';
import { StoreClosedError, type StoreError } from '../../errors.js';
import type { RedisConnection } from '../topology/connection.js';
import type { Topology } from '../topology/topology.js';
import { type Call, type Done, newCall, type Request } from './call.js';
import {
  fromReply,
  lostConnection,
  noMaster,
  notAnswered,
  notReached,
  outcomeUnknown,
  partOfCluster,
  tooLarge,
  unreadable,
  waitsInVain,
  wasNeverSent,
} from './failure.js';
import { FirstConnection } from './first-connection.js';
import { type RetryableReply, retryableReplyOf } from './retryable-reply.js';
import { SlotHolds } from './slot-holds.js';

/** Milliseconds from a retryable reply to the next attempt. */
const RETRY_PAUSE_MS = 50;
/** Redirects without a pause. Servers that disagree on a slot may redirect a call to and fro. */
const REDIRECTS_AT_ONCE = 3;

export class PendingCalls {
  readonly #topology: Topology;
  readonly #deadlineMs: number;
  readonly #keepsAlive: boolean;
  readonly #unlisten: () => void;
  readonly #holds = new SlotHolds<Call>((slot) => this.#sendWaiting(slot));
  /** In the order in which the calls were made, which is the order of their deadlines. */
  readonly #pending = new Set<Call>();
  #timer: Timer | undefined;
  #closed: (() => void) | undefined;

  /** @param keepsAlive whether a call under way keeps the process alive. */
  constructor(topology: Topology, deadlineMs: number, { keepsAlive = true } = {}) {
    this.#topology = topology;
    this.#deadlineMs = deadlineMs;
    this.#keepsAlive = keepsAlive;
    const first = new FirstConnection(topology);
    this.#unlisten = topology.listen({
      changed: () => this.#changed(),
      lost: (connection) => this.#lost(connection),
      retired: (connection) => this.#retired(connection),
      health: (trouble) => {
        if (first.isHopeless(trouble)) this.#refuseWaiting(trouble);
      },
    });
  }

  start(request: Request, done: Done): void {
    if (this.#closed) {
      done(new StoreClosedError());
      return;
    }
    const call = newCall(request, done, performance.now() + this.#deadlineMs);
    this.#pending.add(call);
    this.#timer ??= this.#startTimer(this.#deadlineMs);
    if (this.#keepsAlive && this.#pending.size === 1) this.#timer.ref();
    if (call.write) call.write.isWriting = false;
    this.#route(call);
  }

  /** @param read turns the reply into the output, and throws for a reply that is not possible. */
  run<Output>(request: Request, read: (reply: unknown) => Output): Promise<Output> {
    return new Promise((resolve, reject) => {
      this.start(request, (error, reply) => {
        if (error) {
          reject(error);
          return;
        }
        try {
          resolve(read(reply));
        } catch (cause) {
          reject(unreadable(request.name, cause));
        }
      });
    });
  }

  /** Lets the calls under way settle. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#closed = resolve;
      if (this.#pending.size === 0) resolve();
    });
    clearTimer(this.#timer);
    this.#holds.close();
    this.#unlisten();
  }

  /** Sends a waiting call if its server is known and connected. */
  #route(call: Call): void {
    if (call.on) return;
    const { to } = call;
    const isForSlot = typeof to === 'number';
    if (isForSlot && this.#holds.has(to)) return;
    const connection = isForSlot ? this.#topology.owner(to) : to;
    if (connection?.isReady) this.#send(call, connection, false);
    else if (!isForSlot && to.isRetired) this.#end(call, noMaster(to.label, call.name));
    else this.#topology.connect();
  }

  #sendWaiting(slot?: number): void {
    for (const call of this.#pending) {
      if (!call.on && (slot === undefined || call.to === slot)) this.#route(call);
    }
  }

  #send(call: Call, connection: RedisConnection, asking: boolean): void {
    if (call.write?.isOver) {
      this.#end(call, this.#late(call));
      return;
    }
    if (call.write) call.write.isWriting = true;
    call.on = connection;
    call.answersBefore = connection.answers;
    const attempt = ++call.attempt;
    connection.cork();
    if (asking) connection.asking();
    let reply: Promise<unknown>;
    try {
      reply = call.send(connection);
    } catch (cause) {
      this.#end(call, tooLarge(call.name, cause));
      return;
    }
    reply.then(
      (reply) => {
        const error = call.accept?.(connection, reply);
        if (!error) connection.answers++;
        if (attempt !== call.attempt) return;
        if (error) this.#failed(call, connection, asking, error);
        else this.#end(call, undefined, reply);
      },
      (error: unknown) => {
        if (attempt === call.attempt && call.on) this.#failed(call, connection, asking, error);
      },
    );
  }

  #failed(call: Call, connection: RedisConnection, asking: boolean, error: unknown): void {
    if (wasNeverSent(error)) this.#wait(call);
    else if (lostConnection(error)) this.#unanswered(call, error);
    else {
      connection.answers++;
      const retryable = retryableReplyOf(error, connection.host);
      if (retryable) this.#retry(call, connection, asking, error, retryable);
      else this.#end(call, fromReply(error, call.name));
    }
  }

  /** The server did not start on the call: it is sent again until its deadline. */
  #retry(
    call: Call,
    connection: RedisConnection,
    asking: boolean,
    error: unknown,
    reply: RetryableReply,
  ): void {
    call.refusedWith = error;
    if (reply.kind === 'script') {
      connection.scripts.clear();
      this.#send(call, connection, asking);
      return;
    }
    if (reply.kind === 'ask' && typeof call.to === 'number') {
      const target = this.#topology.at(reply.to);
      if (target.isReady && !this.#holds.has(call.to)) {
        this.#send(call, target, true);
        return;
      }
    }
    let pauseMs = RETRY_PAUSE_MS;
    if (reply.kind === 'moved') {
      if (!this.#topology.moved(reply.slot, reply.to)) {
        this.#end(call, partOfCluster(connection.label, call.name, error));
        return;
      }
      if (++call.redirects <= REDIRECTS_AT_ONCE) pauseMs = 0;
    } else if (reply.kind === 'read-only') {
      // Other calls that were sent to it are refused as well; their replies should arrive first.
      setTimeout(() => connection.distrust(), pauseMs / 2);
    }
    this.#holdBack(call, pauseMs);
  }

  /** Keeps the call waiting until earlier calls to the same server have been answered, and a pause is over. */
  #holdBack(call: Call, pauseMs: number): void {
    const { to } = call;
    this.#wait(call);
    // The last of the earlier calls may have released it already.
    if (call.on) return;
    if (typeof to !== 'number') {
      setTimeout(() => this.#pending.has(call) && this.#route(call), pauseMs);
      return;
    }
    const onTheirWay = [...this.#pending].filter((other) => other.on && other.to === to);
    this.#holds.hold(to, onTheirWay, pauseMs);
  }

  /** Slots may have new owners. Calls on their way to an old owner that still serves come first. */
  #changed(): void {
    for (const call of this.#pending) {
      const { on, to } = call;
      if (!on || typeof to !== 'number' || on === this.#topology.owner(to) || on.isRetired)
        continue;
      this.#holds.hold(to, [call], 0);
    }
    this.#sendWaiting();
  }

  #lost(connection: RedisConnection): void {
    for (const call of this.#pending) {
      if (call.on === connection) this.#unanswered(call, connection.lastError);
    }
  }

  #refuseWaiting(trouble: Error | undefined): void {
    for (const call of this.#pending) {
      if (call.on) continue;
      const { label } =
        (typeof call.to === 'number' ? this.#topology.owner(call.to) : call.to) ?? {};
      this.#end(call, waitsInVain(label, call.name, trouble));
    }
  }

  /** The server may never answer: reads are sent to its successor. */
  #retired(connection: RedisConnection): void {
    for (const call of this.#pending) {
      if (call.on === connection) {
        if (call.access === 'read') this.#wait(call);
        else if (typeof call.to === 'number') this.#holds.leave(call.to, call);
      }
      this.#route(call);
    }
  }

  #unanswered(call: Call, cause: unknown): void {
    if (call.access === 'write') {
      this.#end(call, outcomeUnknown(call.name, cause));
      return;
    }
    this.#wait(call);
    this.#route(call);
  }

  /** Keeps the call waiting for a server. */
  #wait(call: Call): void {
    call.on = undefined;
    if (call.write) call.write.isWriting = false;
    call.attempt++;
    if (typeof call.to === 'number') this.#holds.leave(call.to, call);
  }

  #end(call: Call, error: StoreError | undefined, reply?: unknown): void {
    if (!this.#pending.delete(call)) return;
    call.on = undefined;
    if (typeof call.to === 'number') this.#holds.leave(call.to, call);
    call.done(error, reply);
    if (this.#pending.size > 0) return;
    this.#timer?.unref();
    this.#closed?.();
  }

  /** If the event loop was blocked past a deadline, replies that have arrived meanwhile are read first. */
  #startTimer(ms: number): Timer {
    const timer = setTimer(() => setImmediate(() => this.#expire()), ms);
    return this.#keepsAlive ? timer : timer.unref();
  }

  #expire(): void {
    this.#timer = undefined;
    const now = performance.now();
    const silent = new Set<RedisConnection>();
    for (const call of this.#pending) {
      if (call.endsAt > now) {
        this.#timer = this.#startTimer(Math.ceil(call.endsAt - now));
        break;
      }
      // Redis answers in order: no reply at all since the call was sent means that the connection is dead.
      if (call.on && call.answersBefore === call.on.answers) silent.add(call.on);
      this.#end(call, this.#late(call));
    }
    for (const connection of silent) connection.reset();
  }

  #late({ name, access, on, to, refusedWith }: Call): StoreError {
    if (on) {
      if (access === 'write') return outcomeUnknown(name, on.lastError);
      return notAnswered(name, this.#deadlineMs, on.lastError);
    }
    const server = typeof to === 'number' ? this.#topology.owner(to) : to;
    const cause = server?.lastError ?? refusedWith ?? this.#topology.lastError;
    return notReached(name, this.#deadlineMs, cause);
  }
}
