// Retained values on their way to members that begin to listen: all of them, in the order in which they were set, as fast
// as the member reads. What it costs does not depend on how often it asks: what is asked for meanwhile is one more walk.

import { setImmediate } from 'node:timers';
import { PatternTrie } from '../topics/pattern-trie.js';
import { isPattern, isReserved } from '../topics/topic.js';
import { prefixed } from '../wire/body.js';
import { type Parcel, RETAINED } from '../wire/frame.js';
import { cut } from '../wire/long.js';
import type { Members } from './members.js';
import type { Peer } from './peer.js';
import type { Retained, RetainedValue } from './retained.js';

/** How much of it may wait in an outbox, in bytes, and how many values are looked at in one turn. */
const BURST_BYTES = 1024 * 1024;
const VALUES_A_TURN = 2_000;

/** A pass over all values, for patterns. */
interface Walk {
  readonly patterns: PatternTrie<true>;
  readonly values: Iterator<RetainedValue>;
  /** Whoever listens gets newer ones as they come. */
  readonly lastVersion: number;
  /** Of the last value that was looked at. */
  version: number;
}

class Recall {
  /** Topics that were asked for. */
  readonly topics = new Set<string>();
  walk: Walk | undefined;
  /** Patterns that were asked for since it began. */
  next: PatternTrie<true> | undefined;
  /** Values that came before their turn. */
  readonly early = new Set<RetainedValue>();
  isScheduled = false;
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

export class Recalls {
  readonly #members: Members;
  readonly #retained: Retained;
  readonly #recalls = new Map<Peer, Recall>();

  constructor(members: Members, retained: Retained) {
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
    const recall = this.#of(peer);
    if (isTopic) recall.topics.add(pattern);
    else {
      recall.next ??= new PatternTrie();
      recall.next.add(pattern, true);
    }
    this.#go(peer, recall);
  }

  /** This peer may be sent messages from now on. */
  opened(peer: Peer): void {
    const recall = this.#recalls.get(peer);
    if (recall !== undefined) this.#go(peer, recall);
  }

  remove(peer: Peer): void {
    this.#recalls.delete(peer);
  }

  /** Before a message: a value of its topic that is still to come comes first. */
  catchUp(peer: Peer, topic: string): void {
    const recall = this.#recalls.size > 0 ? this.#recalls.get(peer) : undefined;
    if (recall === undefined || peer.isWaiting) return;
    const value = this.#retained.get(topic);
    if (value === undefined || recall.early.has(value) || !isDue(recall, value)) return;
    recall.topics.delete(topic);
    recall.early.add(value);
    this.#send(peer, value);
  }

  #of(peer: Peer): Recall {
    let recall = this.#recalls.get(peer);
    if (recall === undefined) {
      recall = new Recall();
      this.#recalls.set(peer, recall);
    }
    return recall;
  }

  #go(peer: Peer, recall: Recall): void {
    if (peer.isWaiting || recall.isScheduled) return;
    for (let looked = 0; ; looked++) {
      if (peer.outbox.bytes > Math.min(BURST_BYTES, peer.outbox.limit / 2)) {
        this.#later(peer, recall, (call) => peer.outbox.onRoom(call));
        return;
      }
      if (looked === VALUES_A_TURN) {
        this.#later(peer, recall, setImmediate);
        return;
      }
      if (!this.#step(peer, recall)) break;
    }
    this.#recalls.delete(peer);
  }

  #later(peer: Peer, recall: Recall, when: (call: () => void) => void): void {
    recall.isScheduled = true;
    when(() => {
      recall.isScheduled = false;
      if (this.#recalls.get(peer) === recall) this.#go(peer, recall);
    });
  }

  /** @returns whether there was anything left to do. */
  #step(peer: Peer, recall: Recall): boolean {
    const topic = recall.takeTopic();
    if (topic !== undefined) {
      this.#send(peer, this.#retained.get(topic));
      return true;
    }
    recall.walk ??= this.#begin(recall);
    if (recall.walk === undefined) return false;
    const { value } = recall.walk.values.next() as { value: RetainedValue | undefined };
    if (value === undefined || value.version > recall.walk.lastVersion) recall.walk = undefined;
    else {
      recall.walk.version = value.version;
      const isNew = !recall.early.has(value);
      if (isNew && isWanted(recall.walk.patterns, value.topic)) this.#send(peer, value);
    }
    return true;
  }

  #begin(recall: Recall): Walk | undefined {
    const patterns = recall.next;
    if (patterns === undefined) return undefined;
    recall.next = undefined;
    const { lastVersion } = this.#retained;
    return { patterns, values: this.#retained.values(), lastVersion, version: 0 };
  }

  #send(peer: Peer, value: RetainedValue | undefined): void {
    if (value === undefined) return;
    const { stamp, self, target } = value;
    if ((stamp === peer.stamp && !self) || !this.#members.means(target, peer)) return;
    const whole = parcelOf(value);
    for (const parcel of cut(whole, 'r') ?? [whole]) peer.outbox.push(parcel);
  }
}

/** Whether a value is one that this recall will send. */
function isDue({ topics, walk, next }: Recall, { topic, version }: RetainedValue): boolean {
  if (topics.has(topic)) return true;
  const isAhead = walk && version > walk.version && version <= walk.lastVersion;
  return (
    (isAhead && isWanted(walk.patterns, topic)) || (next !== undefined && isWanted(next, topic))
  );
}

function isWanted(patterns: PatternTrie<true>, topic: string): boolean {
  if (isReserved(topic)) return false;
  const found = new Set<true>();
  patterns.match(topic, found);
  return found.size > 0;
}

/** As it goes to those that listen: the version before the value. */
export function parcelOf({ topic, stamp, version, body }: RetainedValue): Parcel {
  return { kind: RETAINED, name: topic, address: stamp, count: 1, body: prefixed(version, body) };
}
