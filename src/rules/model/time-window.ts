// The `time` selector: whether a moment lies within a window. The moment is an argument; there is no clock here.
import { zoneOffsetMs } from './time-zone.ts';

export const weekDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export interface TimeWindow {
  /** Seven flags from Monday on; `null` = every day. */
  readonly days: readonly boolean[] | null;
  /** Minutes since midnight. `from` later than `to`: over midnight, and the day is the one on which it begins. */
  readonly fromMinute: number;
  /** Exclusive; 1440 = the end of the day. */
  readonly toMinute: number;
  readonly timezone: string;
  readonly notBeforeMs: number | null;
  /** Exclusive. */
  readonly endMs: number | null;
}

/** Whether a moment (milliseconds since the epoch) lies within the window. */
export function isWithin(window: TimeWindow, nowMs: number): boolean {
  if (window.notBeforeMs !== null && !(nowMs >= window.notBeforeMs)) return false;
  if (window.endMs !== null && !(nowMs < window.endMs)) return false;
  const { days, fromMinute: from, toMinute: to } = window;
  if (days === null && from === 0 && to === 1440) return true;
  const localMinutes = Math.floor((nowMs + zoneOffsetMs(window.timezone, nowMs)) / 60_000);
  const minute = ((localMinutes % 1440) + 1440) % 1440;
  // 1 January 1970 was a Thursday.
  const day = (((Math.floor(localMinutes / 1440) + 3) % 7) + 7) % 7;
  if (from < to) return minute >= from && minute < to && (days === null || days[day] === true);
  if (minute >= from) return days === null || days[day] === true;
  return minute < to && (days === null || days[(day + 6) % 7] === true);
}
