// Which plots there are, and what each shows.
import { bytes, milliseconds, percent, shortNumber } from '../text/units.js';

interface PlotLine {
  /** Of the series, as the server names it. */
  readonly name: string;
  readonly label: string;
}

export interface Panel {
  readonly title: string;
  readonly lines: readonly PlotLine[];
  readonly format: (value: number | null | undefined) => string;
  /** Whether the scale has powers of two. */
  readonly isBinary?: boolean;
  /** The scale has at least this much. */
  readonly least: number;
  /** Only the cluster as a whole has it. */
  readonly ofCluster?: boolean;
  /** Of the queues, whose history is one of its own. */
  readonly ofQueues?: boolean;
  /** Left out while there is not a single value. */
  readonly optional?: boolean;
}

const rate = (value: number | null | undefined) => shortNumber(value);

/** The first four are what one wants to know first. */
export const PANELS: readonly Panel[] = [
  {
    title: 'Requests/s',
    lines: [{ name: 'requestsPerSecond', label: 'now' }],
    format: rate,
    least: 1,
  },
  {
    title: 'Response time',
    lines: [
      { name: 'responseP99Ms', label: 'p99' },
      { name: 'responseP50Ms', label: 'p50' },
    ],
    format: milliseconds,
    least: 1,
  },
  {
    title: 'CPU',
    lines: [{ name: 'cpu', label: 'workers' }],
    format: percent,
    least: 0.1,
  },
  {
    title: 'Memory',
    lines: [{ name: 'rssBytes', label: 'RSS' }],
    format: bytes,
    isBinary: true,
    least: 16 * 1024 ** 2,
  },
  {
    title: 'Event loop delay',
    lines: [{ name: 'eventLoopDelayP99Ms', label: 'p99' }],
    format: milliseconds,
    least: 5,
  },
  {
    title: 'Event loop utilisation',
    lines: [{ name: 'eventLoopUtilization', label: 'busy' }],
    format: percent,
    least: 0.1,
  },
  {
    title: 'Connections',
    lines: [{ name: 'connections', label: 'open' }],
    format: shortNumber,
    least: 1,
  },
  {
    title: 'Bus messages/s',
    lines: [
      { name: 'busSentPerSecond', label: 'sent' },
      { name: 'busReceivedPerSecond', label: 'received' },
    ],
    format: rate,
    least: 1,
  },
  {
    title: 'Store calls/s',
    lines: [
      { name: 'storeCallsPerSecond', label: 'calls' },
      { name: 'storeFailuresPerSecond', label: 'failures' },
    ],
    format: rate,
    least: 1,
  },
  {
    title: 'Store call time',
    lines: [{ name: 'storeP99Ms', label: 'p99' }],
    format: milliseconds,
    least: 1,
    optional: true,
  },
  {
    title: 'Near cache hit rate',
    lines: [{ name: 'nearHitRate', label: 'hits' }],
    format: percent,
    least: 1,
    ofCluster: true,
    optional: true,
  },
  {
    title: 'Queue depth',
    lines: [
      { name: 'queueWaiting', label: 'waiting' },
      { name: 'queueRunning', label: 'running' },
      { name: 'queueFailed', label: 'failed' },
    ],
    format: shortNumber,
    least: 1,
    ofCluster: true,
    ofQueues: true,
    optional: true,
  },
  {
    title: 'Lag between machines',
    lines: [{ name: 'machineLagMs', label: 'lag' }],
    format: milliseconds,
    least: 1,
    ofCluster: true,
    optional: true,
  },
  {
    title: 'CPU of the primary',
    lines: [{ name: 'primaryCpu', label: 'CPU' }],
    format: percent,
    least: 0.1,
    ofCluster: true,
  },
  {
    title: 'Memory of the primary',
    lines: [{ name: 'primaryRssBytes', label: 'RSS' }],
    format: bytes,
    isBinary: true,
    least: 16 * 1024 ** 2,
    ofCluster: true,
  },
];

/** How many of them stand on top of the page. */
export const HEADLINE = 4;
