// How often a log file is rotated by age, as rotating-file-stream writes it: a pure function.

const UNITS = [
  { unit: 'd', ms: 86_400_000, of: Number.POSITIVE_INFINITY },
  { unit: 'h', ms: 3_600_000, of: 24 },
  { unit: 'm', ms: 60_000, of: 60 },
  { unit: 's', ms: 1_000, of: 60 },
] as const;

/** `1d`, `6h`, `30m`: whole days, or a whole part of a day, an hour or a minute. `undefined` for anything else. */
export function intervalOf(ageMs: number): string | undefined {
  const unit = UNITS.find(({ ms, of }) => {
    const count = ageMs / ms;
    return (
      Number.isSafeInteger(count) &&
      count > 0 &&
      (of === Number.POSITIVE_INFINITY || of % count === 0)
    );
  });
  return unit && `${ageMs / unit.ms}${unit.unit}`;
}
