// Retained values on their way to members that begin to listen: all of them, in the order in which they were set, as fast
// as the member reads. The cost does not depend on how often it asks: all questions that come meanwhile share one more scan.

import { setImmediate } from 'node:timers';
import { PatternTrie } from '../topics/pattern-trie.js';
import { isPattern, isReserved } from '../topics/topic.js';
import { prefixed } from '../wire/body.js';
import { type Packet, RETAINED } from '../wire/frame.js';
import { cut } from '../wire/pieces.js';
import type { Members } from './members.js';
import type { Peer } from './peer.js';
import type { RetainedValue, RetainedValues } from './retained-values.js';

/** How much of it may wait in an outbox, in bytes, and how many values are looked at in one turn. */
const BURST_BYTES = 1024 * 1024;
const VALUES_A_TURN = 2_000;

/** A pass over all values, for patterns. */
interface Scan {
  readonly patterns: PatternTrie<true>;
  readonly values: Iterator<RetainedValue>;
  /** Listeners receive newer values as they come. */
  readonly lastVersion: number;
  /** Of the last value that was looked at. */
  version: number;
}

class Replay {
  /** Topics that were asked for. */
  readonly topics = new Set<string>();
  scan: Scan | undefined;
  /** Patterns that were asked for since it began. */
  next: PatternTrie<true> | undefined;
  /** Values that came before their turn. */
  readonly sentEarly = new Set<RetainedValue>();
  isScheduled = false;
  /** Called when it has sent all. */
  end: (() => void) | undefined;
  /** Goes on where it was: one that begins anew passes over all that V8 has not given back yet. */
  #nextTopic: Iterator<string, undefined> = this.topics.values();

  takeTopic(): string | undefined {
    let { value: topic } = this.#nextTopic.next();
    if (topic === undefined && this.topics.size > 0) {
      this.#nextTopic = this.topics.values();
      ({ value: topic } = this.#nextTopic.next());
    }
    if (topic !== undefined) this.topics.delete(topic);
    return topic;
  }
}

export class Replays {
  readonly #members: Members;
  readonly #retained: RetainedValues;
  readonly #replays = new Map<Peer, Replay>();

  constructor(members: Members, retained: RetainedValues) {
    this.#members = members;
    this.#retained = retained;
  }

  /** A peer wants the values of a topic or pattern that it listens to. */
  ask(peer: Peer, pattern: string): void {
    if (isReserved(pattern)) {
      this.#send(peer, this.#retained.get(pattern));
      return;
    }
    const isTopic = !isPattern(pattern);
    if (isTopic ? this.#retained.get(pattern) === undefined : this.#retained.size === 0) return;
    const replay = this.#of(peer);
    if (isTopic) replay.topics.add(pattern);
    else {
      replay.next ??= new PatternTrie();
      replay.next.add(pattern, true);
    }
    this.#go(peer, replay);
  }

  /** Calls `end` when this peer has been sent all values that it has asked for; not if it is called again before that. */
  afterwards(peer: Peer, end: () => void): void {
    const replay = this.#replays.get(peer);
    if (replay === undefined) end();
    else replay.end = end;
  }

  /** This peer may be sent messages from now on. */
  opened(peer: Peer): void {
    const replay = this.#replays.get(peer);
    if (replay !== undefined) this.#go(peer, replay);
  }

  remove(peer: Peer): void {
    this.#replays.delete(peer);
  }

  /** Before a message: a value of its topic that is still to come comes first. */
  catchUp(peer: Peer, topic: string): void {
    const replay = this.#replays.size > 0 ? this.#replays.get(peer) : undefined;
    if (replay === undefined || peer.isWaiting) return;
    const value = this.#retained.get(topic);
    if (value === undefined || replay.sentEarly.has(value) || !isDue(replay, value)) return;
    replay.topics.delete(topic);
    replay.sentEarly.add(value);
    this.#send(peer, value);
  }

  #of(peer: Peer): Replay {
    let replay = this.#replays.get(peer);
    if (replay === undefined) {
      replay = new Replay();
      this.#replays.set(peer, replay);
    }
    return replay;
  }

  #go(peer: Peer, replay: Replay): void {
    if (peer.isWaiting || replay.isScheduled) return;
    for (let looked = 0; ; looked++) {
      if (peer.outbox.bytes > Math.min(BURST_BYTES, peer.outbox.limit / 2)) {
        this.#later(peer, replay, (call) => peer.outbox.onRoom(call));
        return;
      }
      if (looked === VALUES_A_TURN) {
        this.#later(peer, replay, setImmediate);
        return;
      }
      if (!this.#step(peer, replay)) break;
    }
    this.#replays.delete(peer);
    replay.end?.();
  }

  #later(peer: Peer, replay: Replay, when: (call: () => void) => void): void {
    replay.isScheduled = true;
    when(() => {
      replay.isScheduled = false;
      if (this.#replays.get(peer) === replay) this.#go(peer, replay);
    });
  }

  /** @returns whether there was anything left to do. */
  #step(peer: Peer, replay: Replay): boolean {
    const topic = replay.takeTopic();
    if (topic !== undefined) {
      this.#send(peer, this.#retained.get(topic));
      return true;
    }
    replay.scan ??= this.#begin(replay);
    if (replay.scan === undefined) return false;
    const { value } = replay.scan.values.next() as { value: RetainedValue | undefined };
    if (value === undefined || value.version > replay.scan.lastVersion) replay.scan = undefined;
    else {
      replay.scan.version = value.version;
      const isNew = !replay.sentEarly.has(value);
      if (isNew && isWanted(replay.scan.patterns, value.topic)) this.#send(peer, value);
    }
    return true;
  }

  #begin(replay: Replay): Scan | undefined {
    const patterns = replay.next;
    if (patterns === undefined) return undefined;
    replay.next = undefined;
    const { lastVersion } = this.#retained;
    return { patterns, values: this.#retained.values(), lastVersion, version: 0 };
  }

  #send(peer: Peer, value: RetainedValue | undefined): void {
    if (value === undefined || value.hasEnded) return;
    const { stamp, self, target } = value;
    if ((stamp === peer.stamp && !self) || !this.#members.isAddressed(target, peer)) return;
    const whole = packetOf(value);
    for (const packet of cut(whole, 'r') ?? [whole]) peer.outbox.push(packet);
  }
}

/** Whether a value is one that this replay will send. */
function isDue({ topics, scan, next }: Replay, { topic, version }: RetainedValue): boolean {
  if (topics.has(topic)) return true;
  const isAhead = scan && version > scan.version && version <= scan.lastVersion;
  return (
    (isAhead && isWanted(scan.patterns, topic)) || (next !== undefined && isWanted(next, topic))
  );
}

function isWanted(patterns: PatternTrie<true>, topic: string): boolean {
  if (isReserved(topic)) return false;
  const found = new Set<true>();
  patterns.match(topic, found);
  return found.size > 0;
}

/** As it goes to those that listen: the version before the value. */
export function packetOf({ topic, stamp, version, body }: RetainedValue): Packet {
  return { kind: RETAINED, name: topic, address: stamp, count: 1, body: prefixed(version, body) };
}
