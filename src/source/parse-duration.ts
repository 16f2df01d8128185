// Durations as people write them in settings and rules: `90s`, `15m`, `24h`, `7d`. One unit, whole numbers, nothing else.

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The longest duration that is taken: a hundred years, in days. Far below what a number of milliseconds can hold. */
const maxMs = 36_525 * unitMs.d;

/** What to say when a duration is wrong. */
export const durationHint = 'write a whole number and a unit: `90s`, `15m`, `24h` or `7d`';

/**
 * Reads a duration.
 *
 * @param text a whole number directly followed by `s`, `m`, `h` or `d`
 * @returns milliseconds, or `null` when it is not a duration (also for more than a hundred years)
 */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  if (match === null) return null;
  const [, digits = '', unit = 's'] = match;
  const milliseconds = Number(digits) * unitMs[unit as keyof typeof unitMs];
  return milliseconds <= maxMs ? milliseconds : null;
}

/**
 * Writes a duration in the shortest form that {@link parseDuration} reads back.
 *
 * @param milliseconds a whole number of seconds; a rest below a second is dropped
 */
export function renderDuration(milliseconds: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (milliseconds > 0 && milliseconds % unitMs[unit] === 0) return `${milliseconds / unitMs[unit]}${unit}`;
  }
  return `${Math.floor(milliseconds / unitMs.s)}s`;
}
