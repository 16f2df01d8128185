// A moment in a table: to the minute, in UTC.

/** @param timeMs since the epoch @returns such as `2026-03-02 09:30Z` */
export function shortTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}

/** @param seconds how long something has lasted @returns in the unit in which a person would say it: `45 s`, `12 min`, `5 h`, `9 days` */
export function shortSpan(seconds: number): string {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} days`;
}
