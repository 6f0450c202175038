// What the page knows of the cluster: signals, which views read, and histories, which plots read. All of it is bounded.
import type {
  ClusterStatus,
  ConsoleEvent,
  Hello,
  LogLine,
  QueueDepth,
  Sample,
  SlotSeries,
  SlotState,
  Value,
} from '@muster/core/console';
import { batch, signal } from '@preact/signals';
import { History } from './history.js';
import { withRecent } from './recent.js';
import { Track } from './track.js';

const MOST_EVENTS = 500;
const MOST_LINES = 3_000;
const MOST_SLOTS = 1_024;
/** Of a small plot. */
const SPARK_POINTS = 60;

/** The last numbers of a slot. */
export interface SlotNow {
  readonly slot: number;
  readonly generation: number;
  readonly state: SlotState;
  readonly numbers: Readonly<Partial<Record<SlotSeries, Value>>>;
}

/** A status, and when it came, by the clock of the page: uptimes go on from there. */
export interface DatedStatus extends ClusterStatus {
  readonly receivedAt: number;
}

export interface NumberedLine extends LogLine {
  readonly id: number;
}

export class ClusterModel {
  readonly hello = signal<Hello | undefined>(undefined);
  readonly status = signal<DatedStatus | undefined>(undefined);
  /** By slot. */
  readonly slots = signal<ReadonlyMap<number, SlotNow>>(new Map());
  readonly cluster = signal<Readonly<Record<string, Value>>>({});
  /** Oldest first. */
  readonly events = signal<readonly ConsoleEvent[]>([]);
  /** Oldest first. */
  readonly lines = signal<readonly NumberedLine[]>([]);
  /** Counts the samples: what draws depends on it. */
  readonly tick = signal(0);

  history = new History();
  /** Of the queues, which only a page that looks has: it survives a new stream. */
  readonly depths = new History();
  readonly sparks = new Map<number, Track>();
  /** The slot whose history is kept as a whole, since somebody looks at it. */
  #watched: { readonly slot: number; readonly history: History } | undefined;
  #latest: Sample | undefined;
  /** As they were read last: not with every sample. */
  #queues: readonly QueueDepth[] | undefined;
  #behindMs = 0;
  #lineId = 0;
  #newLines: LogLine[] = [];

  /** Now, by the clock of the primary. */
  now(): number {
    return Date.now() + this.#behindMs;
  }

  greet(hello: Hello): void {
    this.#behindMs = hello.now - Date.now();
    this.history = new History(hello.intervalMs);
    this.history.load(hello.history.cluster);
    this.sparks.clear();
    for (const [slot, track] of Object.entries(hello.history.slots)) {
      this.#sparkOf(Number(slot), track.stepMs)?.load(track);
    }
    batch(() => {
      this.hello.value = hello;
      this.events.value = withRecent([], hello.events, MOST_EVENTS);
      this.setStatus(hello.status);
      this.tick.value++;
    });
  }

  setStatus(status: ClusterStatus): void {
    this.status.value = { ...status, receivedAt: Date.now() };
  }

  addEvent(event: ConsoleEvent): void {
    this.events.value = withRecent(this.events.value, [event], MOST_EVENTS);
  }

  /** Kept in the histories at once, and shown by `publish`. */
  addSample(sample: Sample): void {
    const hello = this.hello.value;
    if (!hello) return;
    this.#behindMs = sample.at - Date.now();
    this.#latest = sample;
    this.history.add(sample.at, named(hello.series.cluster, sample.cluster));
    if (sample.queues) this.#queues = sample.queues;
    if (this.#queues) this.depths.add(sample.at, depthsOf(this.#queues));
    const alive = new Set<number>();
    for (const [slot, , , ...numbers] of sample.slots) {
      alive.add(slot);
      const values = named(hello.series.slot, numbers);
      this.#sparkOf(slot, hello.intervalMs)?.add(sample.at, values);
      if (this.#watched?.slot === slot) this.#watched.history.add(sample.at, values);
    }
    for (const slot of this.sparks.keys()) if (!alive.has(slot)) this.sparks.delete(slot);
  }

  addLine(line: LogLine): void {
    this.#newLines.push(line);
    if (this.#newLines.length > 2 * MOST_LINES) this.#newLines = this.#newLines.slice(-MOST_LINES);
  }

  /** Replaces all lines but those that are newer. */
  setLines(lines: readonly LogLine[]): void {
    const last = lines.at(-1)?.at ?? 0;
    const newer = [...this.lines.value, ...this.#newLines].filter(({ at }) => at > last);
    this.#newLines = [];
    this.lines.value = [...lines, ...newer].slice(-MOST_LINES).map((line) => this.#numbered(line));
  }

  /** Shows the last sample and the new lines. A page that nobody sees need not. */
  publish(): void {
    const [sample, hello] = [this.#latest, this.hello.value];
    const lines = this.#newLines.slice(-MOST_LINES).map((line) => this.#numbered(line));
    this.#newLines = [];
    batch(() => {
      this.lines.value = withRecent(this.lines.value, lines, MOST_LINES);
      if (!sample || !hello) return;
      this.#latest = undefined;
      this.cluster.value = named(hello.series.cluster, sample.cluster);
      this.slots.value = new Map(
        sample.slots.map(([slot, generation, state, ...numbers]) => [
          slot,
          { slot, generation, state, numbers: named(hello.series.slot, numbers) },
        ]),
      );
      this.tick.value++;
    });
  }

  /** The history of a slot, which `load` fills and samples continue. Only one is kept at a time. */
  watch(slot: number): History {
    const history = new History(this.hello.value?.intervalMs);
    this.#watched = { slot, history };
    return history;
  }

  unwatch(history: History): void {
    if (this.#watched?.history === history) this.#watched = undefined;
  }

  #numbered(line: LogLine): NumberedLine {
    return { ...line, id: this.#lineId++ };
  }

  #sparkOf(slot: number, stepMs: number): Track | undefined {
    const known = this.sparks.get(slot);
    if (known || this.sparks.size >= MOST_SLOTS) return known;
    const track = new Track(stepMs, SPARK_POINTS);
    this.sparks.set(slot, track);
    return track;
  }
}

function named<Name extends string>(
  names: readonly Name[],
  numbers: readonly Value[],
): Record<Name, Value> {
  return Object.fromEntries(names.map((name, index) => [name, numbers[index] ?? null])) as Record<
    Name,
    Value
  >;
}

/** Of all queues together, as series of the plots. */
function depthsOf(queues: readonly QueueDepth[]) {
  const sum = (of: (queue: QueueDepth) => number) =>
    queues.reduce((total, queue) => total + of(queue), 0);
  return {
    queueWaiting: sum(({ waiting, delayed }) => waiting + delayed),
    queueRunning: sum(({ running }) => running),
    queueFailed: sum(({ failed }) => failed),
  };
}
