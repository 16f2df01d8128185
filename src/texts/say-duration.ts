// How long something lasts, as people say it.
import { sayCount } from './texts.ts';
import type { Texts } from './texts-shape.ts';

const minuteMs = 60_000;

/** @param ms whole minutes; a rest is rounded @returns such as `90 minutes`, `8 hours`, `3 days` */
export function sayDuration(ms: number, { access }: Texts): string {
  const minutes = Math.max(1, Math.round(ms / minuteMs));
  if (minutes < 60 || minutes % 60 !== 0) return sayCount(access.minutes, minutes);
  const hours = minutes / 60;
  return hours >= 48 && hours % 24 === 0 ? sayCount(access.days, hours / 24) : sayCount(access.hours, hours);
}
