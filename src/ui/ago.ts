// How long ago something was, as people say it. Pages are made once and know no time zone of their reader: no clock times.

const minute = 60_000;
const steps: readonly (readonly [ms: number, unit: string])[] = [
  [24 * 60 * minute, 'day'],
  [60 * minute, 'hour'],
  [minute, 'minute'],
];

/** @param ms how long ago; less than a minute, or ahead, is `just now` @returns such as `5 minutes ago` */
export function agoWords(ms: number): string {
  const step = steps.find(([length]) => ms >= length);
  if (step === undefined) return 'just now';
  const [length, unit] = step;
  const count = Math.floor(ms / length);
  return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
}
