// Numbers as people read them, in few characters: `1.2k`, `45.3 MB`, `2h 05m`. Unknown values are `-`.

const UNKNOWN = '-';

/** A count or a rate: three digits at most, and a letter. */
export function shortNumber(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return UNKNOWN;
  for (const [unit, letter] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (Math.abs(value) >= unit * 0.9995) return `${digits(value / unit)}${letter}`;
  }
  return digits(value);
}

export function bytes(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return UNKNOWN;
  if (value >= 1024 ** 3 * 0.9995) return `${digits(value / 1024 ** 3)} GB`;
  if (value >= 1024 ** 2 * 0.9995) return `${digits(value / 1024 ** 2)} MB`;
  return `${digits(value / 1024)} KB`;
}

/** 1 is 100%. */
export function percent(share: number | undefined): string {
  return share === undefined || !Number.isFinite(share) ? UNKNOWN : `${Math.round(share * 100)}%`;
}

export function milliseconds(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return UNKNOWN;
  return ms >= 9_995 ? `${digits(ms / 1_000)} s` : `${digits(ms)} ms`;
}

/** The two largest units. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const [s, m, h, d] = [
    seconds % 60,
    Math.floor(seconds / 60) % 60,
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 86_400),
  ] as const;
  const two = (value: number) => String(value).padStart(2, '0');
  if (d > 0) return `${d}d ${two(h)}h`;
  if (h > 0) return `${h}h ${two(m)}m`;
  if (m > 0) return `${m}m ${two(s)}s`;
  return `${s}s`;
}

/** One decimal below ten, unless it is 0. */
function digits(value: number): string {
  const rounded = Math.abs(value) < 9.95 ? Math.round(value * 10) / 10 : Math.round(value);
  return String(rounded);
}
