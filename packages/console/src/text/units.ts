// Numbers as people read them, in few characters: `1.2k`, `45.3 MB`, `2h 05m`. A value that is not known is a dash.

const UNKNOWN = '–';

type Known = number | null | undefined;

function isKnown(value: Known): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** A count or a rate: three digits at most, and a letter. */
export function shortNumber(value: Known): string {
  if (!isKnown(value)) return UNKNOWN;
  for (const [unit, letter] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (Math.abs(value) >= unit * 0.9995) return `${digits(value / unit)}${letter}`;
  }
  return digits(value);
}

export function bytes(value: Known): string {
  if (!isKnown(value)) return UNKNOWN;
  if (value >= 1024 ** 3 * 0.9995) return `${digits(value / 1024 ** 3)} GB`;
  if (value >= 1024 ** 2 * 0.9995) return `${digits(value / 1024 ** 2)} MB`;
  return `${digits(value / 1024)} KB`;
}

/** 1 is 100%. */
export function percent(share: Known): string {
  return isKnown(share) ? `${Math.round(share * 100)}%` : UNKNOWN;
}

export function milliseconds(ms: Known): string {
  if (!isKnown(ms)) return UNKNOWN;
  return ms >= 9_995 ? `${digits(ms / 1_000)} s` : `${digits(ms)} ms`;
}

/** The two largest units. */
export function duration(ms: Known): string {
  if (!isKnown(ms)) return UNKNOWN;
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const [s, m, h, d] = [
    seconds % 60,
    Math.floor(seconds / 60) % 60,
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 86_400),
  ] as const;
  if (d > 0) return `${d}d ${two(h)}h`;
  if (h > 0) return `${h}h ${two(m)}m`;
  if (m > 0) return `${m}m ${two(s)}s`;
  return `${s}s`;
}

/** `14:05:09`, in the time of the browser. */
export function timeOfDay(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
}

/** For a moment of another day, with the day: `11-27 14:05:09`. */
export function moment(at: number, now: number): string {
  const [day, today] = [new Date(at), new Date(now)];
  if (day.toDateString() === today.toDateString()) return timeOfDay(at);
  return `${two(day.getMonth() + 1)}-${two(day.getDate())} ${timeOfDay(at)}`;
}

/** `1 job`, `3 jobs`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** One decimal below ten, unless it is 0. */
function digits(value: number): string {
  const rounded = Math.abs(value) < 9.95 ? Math.round(value * 10) / 10 : Math.round(value);
  return String(rounded);
}
