// How long ago something was, as people say it. Pages are made once and know no time zone of their reader: no clock times.
import { sayCount } from '../texts/texts.ts';
import type { Texts } from '../texts/texts-shape.ts';

const minute = 60_000;
const steps = [
  [24 * 60 * minute, 'day'],
  [60 * minute, 'hour'],
  [minute, 'minute'],
] as const;

/** @param ms how long ago; less than a minute, or ahead, is `just now` @returns such as `5 minutes ago` */
export function agoWords(ms: number, { ago }: Texts): string {
  const step = steps.find(([length]) => ms >= length);
  if (step === undefined) return ago.justNow;
  const [length, unit] = step;
  return sayCount(ago[unit], Math.floor(ms / length));
}
