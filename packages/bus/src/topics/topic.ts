// Topics: levels joined by dots. A pattern may have `*` for one level and `**` for any number.

import { InvalidTopicError } from '../errors.js';

/** Topics of Muster's own. Patterns of an app never match them, and an app cannot send to them. */
export const RESERVED_PREFIX = '$muster.';

/** In characters. Bounds what a hostile worker can make the primary match. */
export const MAX_TOPIC_LENGTH = 512;

/** The same for what a message is addressed to: how many targets, with those left out, and the characters of each. */
export const MAX_TARGETS = 1_000;
export const MAX_TARGET_LENGTH = 1_024;
/** Of a role, which is part of stamps. */
export const MAX_ROLE_LENGTH = MAX_TARGET_LENGTH / 2;

/** How many topics and patterns one process may listen to. */
export const MAX_SUBSCRIPTIONS = 100_000;

export function isReserved(topic: string): boolean {
  return topic.startsWith(RESERVED_PREFIX);
}

export function isPattern(topic: string): boolean {
  return topic.includes('*') && topic.split('.').some(isWildcard);
}

function isWildcard(level: string): boolean {
  return level === '*' || level === '**';
}

/** @param reserved whether this is a sender that may use the reserved topics, and those only. */
export function assertPattern(pattern: unknown, reserved: boolean): asserts pattern is string {
  if (typeof pattern !== 'string' || pattern === '') {
    throw new InvalidTopicError(pattern, 'a topic is a non-empty string');
  }
  if (pattern.length > MAX_TOPIC_LENGTH) {
    throw new InvalidTopicError(pattern, `a topic has at most ${MAX_TOPIC_LENGTH} characters`);
  }
  const fault = faultOf(pattern);
  if (fault) throw new InvalidTopicError(pattern, fault);
  if (isReserved(pattern) !== reserved) {
    throw new InvalidTopicError(
      pattern,
      `topics under '${RESERVED_PREFIX}' are Muster's own; use another name`,
    );
  }
}

/** A level of AMQP or MQTT that stands for others, or the last one of NATS. No topic that means itself has one. */
const FOREIGN_WILDCARD = /(?:^|[./])(?:[#+](?:$|[./])|>$)/;

function faultOf(pattern: string): string | undefined {
  // Most have neither, and each message is looked at.
  if (pattern.includes('..') || pattern.startsWith('.') || pattern.endsWith('.')) {
    return 'one of its levels is empty; write one dot between two levels, and none at the ends';
  }
  if (FOREIGN_WILDCARD.test(pattern)) {
    return "# and + stand for nothing here, nor does > at the end; write ** for any number of levels and * for one, with dots between levels, as in 'orders.**'";
  }
  if (!pattern.includes('*')) return undefined;
  const isMisplaced = (level: string) => level.includes('*') && !isWildcard(level);
  if (!pattern.split('.').some(isMisplaced)) return undefined;
  return "a * stands for a whole level, and ** for any number of them, as in 'orders.*'; name the level, or leave it open";
}

export function assertTopic(topic: unknown, reserved: boolean): asserts topic is string {
  assertPattern(topic, reserved);
  if (isPattern(topic)) {
    throw new InvalidTopicError(topic, 'wildcards are for on(); name the topic that you send to');
  }
}

/** Characters with a meaning in a topic, and the escape character itself. */
const SPECIAL = /[%.*]/g;
const SPECIAL_WITH_FOREIGN = /[%.*#+>]/g;

/**
 * A topic of these levels, whatever is in them: what would mean something else is escaped as in a URL. No two lists of levels
 * give the same topic.
 *
 * @throws InvalidTopicError
 */
export function topicOf(levels: readonly unknown[]): string {
  const topic = levels.map(levelOf).join('.');
  const own = isReserved(topic) ? topic.replace('$', '%24') : topic;
  assertTopic(own, false);
  return own;
}

function levelOf(level: unknown): string {
  if (typeof level !== 'string' && typeof level !== 'number' && typeof level !== 'bigint') {
    throw new InvalidTopicError(level, 'a level of topicOf() is a string or a number');
  }
  // A level cannot be empty: an escape that no character has stands for it.
  if (level === '') return '%';
  const text = String(level);
  const special = FOREIGN_WILDCARD.test(text) ? SPECIAL_WITH_FOREIGN : SPECIAL;
  return text.replace(special, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
