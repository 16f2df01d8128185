// Offsets of IANA time zones from the runtime's own tables, cached because asking them costs microseconds.

interface Zone {
  readonly format: Intl.DateTimeFormat;
  bucket: number;
  offsetMs: number;
}

const zones = new Map<string, Zone>();

/** Offsets change at whole quarters of an hour, so one answer serves the quarter. */
const quarterMs = 900_000;

/** Whether the runtime knows a time zone of that name. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    createFormat(name);
    return true;
  } catch {
    return false;
  }
}

/** Local time minus UTC at a moment, milliseconds. @throws RangeError for a zone that {@link isTimeZone} refuses */
export function zoneOffsetMs(timezone: string, nowMs: number): number {
  if (timezone === 'UTC') return 0;
  let zone = zones.get(timezone);
  if (zone === undefined) {
    zone = { format: createFormat(timezone), bucket: Number.NaN, offsetMs: 0 };
    zones.set(timezone, zone);
  }
  const bucket = Math.floor(nowMs / quarterMs);
  if (zone.bucket !== bucket) {
    zone.offsetMs = parseOffset(zone.format, bucket * quarterMs);
    zone.bucket = bucket;
  }
  return zone.offsetMs;
}

/** The moment at which clocks in the zone show a local time; in a gap or an overlap one of the two readings. */
export function localToUtc(timezone: string, localMs: number): number {
  const guess = localMs - zoneOffsetMs(timezone, localMs);
  return localMs - zoneOffsetMs(timezone, guess);
}

function createFormat(timezone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}

function parseOffset(format: Intl.DateTimeFormat, ms: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(ms)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - ms;
}
