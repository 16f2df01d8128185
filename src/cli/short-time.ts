// A moment in a table: to the minute, in UTC.

/** @param timeMs since the epoch @returns such as `2026-03-02 09:30Z` */
export function shortTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}
