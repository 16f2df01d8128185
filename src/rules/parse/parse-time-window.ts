// The `time` selector of a rules file, and moments of tests: checked and turned into milliseconds.
import { didYouMean } from '../../source/did-you-mean.ts';
import { quote } from '../../source/quote.ts';
import { type TimeWindow, weekDays } from '../model/time-window.ts';
import { isTimeZone, localToUtc } from '../model/time-zone.ts';
import { accept, type Checked, checkEach, checkOne, refuse, type Spot } from './problem-reporter.ts';
import type { TimeEntry } from './rules-schema.ts';

/** Checks one `time` entry. @returns the window, or `null` after problems */
export function parseTimeWindow(entry: TimeEntry, spot: Spot): TimeWindow | null {
  const before = spot.problems.length;
  if (Object.keys(entry).length === 0) {
    spot.complain({
      code: 'empty-value',
      reason: 'a time needs at least one key',
      hint: 'for example `days: mon-fri`',
    });
    return null;
  }
  const timezone = entry.timezone ?? 'UTC';
  if (!isTimeZone(timezone)) {
    const guess = didYouMean(timezone, Intl.supportedValuesOf('timeZone'));
    const hint = guess === null ? 'write an IANA name such as `Europe/Lisbon`' : `did you mean \`${guess}\`?`;
    spot
      .at('timezone')
      .complain({ code: 'bad-timezone', reason: `unknown time zone ${quote(timezone)}`, hint });
    return null;
  }
  const days = entry.days === undefined ? null : checkEach(entry.days, spot.at('days'), parseDays);
  const from = entry.from === undefined ? 0 : checkOne(entry.from, spot.at('from'), parseMinute);
  const to = entry.to === undefined ? 1440 : checkOne(entry.to, spot.at('to'), parseMinute);
  const moment = (text: string) => parseMoment(text, timezone);
  const notBefore =
    entry.not_before === undefined ? null : checkOne(entry.not_before, spot.at('not_before'), moment);
  const notAfter =
    entry.not_after === undefined ? null : checkOne(entry.not_after, spot.at('not_after'), moment);
  if (spot.problems.length > before || from === null || to === null) return null;
  if (from === to) {
    spot.at('to').complain({
      code: 'empty-time',
      reason: '`from` and `to` are the same',
      hint: 'delete both for the whole day',
    });
  } else if (from === 1440) {
    spot.at('from').complain({ code: 'bad-time', reason: '`from` cannot be `24:00`', hint: 'write `00:00`' });
  }
  const endMs = notAfter === null ? null : notAfter.afterMs;
  if (notBefore !== null && endMs !== null && notBefore.ms >= endMs) {
    spot.at('not_after').complain({ code: 'empty-time', reason: '`not_after` lies before `not_before`' });
  }
  if (spot.problems.length > before) return null;
  return {
    days: days === null ? null : weekDays.map((_, day) => days.some((flags) => flags[day] === true)),
    fromMinute: from,
    toMinute: to,
    timezone,
    notBeforeMs: notBefore === null ? null : notBefore.ms,
    endMs,
  };
}

const dayHint = 'write `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, or a range such as `mon-fri`';

function parseDays(text: string): Checked<boolean[]> {
  const [first, last, ...rest] = text
    .split('-')
    .map((day) => weekDays.indexOf(day as (typeof weekDays)[number]));
  const start = first ?? -1;
  const end = last ?? start;
  if (start === -1 || end === -1 || rest.length > 0)
    return refuse('bad-day', `${quote(text)} is not a day`, dayHint);
  const length = ((end - start + 7) % 7) + 1;
  return accept(weekDays.map((_, day) => (day - start + 7) % 7 < length));
}

function parseMinute(text: string): Checked<number> {
  const match = /^(\d\d):(\d\d)$/.exec(text);
  const minute = match === null ? Number.NaN : Number(match[1]) * 60 + Number(match[2]);
  if (match !== null && Number(match[2]) < 60 && minute <= 1440) return accept(minute);
  return refuse(
    'bad-time',
    `${quote(text)} is not a time of day`,
    'write hours and minutes: `08:00`, `18:30`',
  );
}

/**
 * Reads a date, or a date and time with or without an offset (a subset of RFC 3339).
 *
 * @returns when it begins, and the first moment after it (a date lasts its whole day)
 */
function parseMoment(
  text: string,
  timezone: string,
): Checked<{ readonly ms: number; readonly afterMs: number }> {
  const bad = () =>
    refuse('bad-date', `${quote(text)} is not a date`, 'write `2026-12-31` or `2026-12-31T18:00+01:00`');
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  if (match === null) return bad();
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  if (
    new Date(local).toISOString().slice(0, 10) !== text.slice(0, 10) ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  ) {
    return bad();
  }
  if (match[4] === undefined) {
    return accept({
      ms: localToUtc(timezone, local),
      afterMs: localToUtc(timezone, Date.UTC(year, month - 1, day + 1)),
    });
  }
  const offset = match[7];
  const ms = offset === undefined ? localToUtc(timezone, local) : local - offsetMs(offset);
  return accept({ ms, afterMs: ms + 1 });
}

function offsetMs(text: string): number {
  if (text === 'Z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(4, 6));
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** Checks the moment of a test. Without an offset it is UTC. */
export function parseTestMoment(text: string): Checked<number> {
  const moment = parseMoment(text, 'UTC');
  return moment.ok ? accept(moment.value.ms) : moment;
}
