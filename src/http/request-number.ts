// The number of a request: long in the log, so that no two are alike; short where people read it out or type it.

/** How many characters people are shown; `bouncer explain --request` takes them. */
const shortNumberLength = 8;

/** The beginning of a request's number, for people. */
export function shortNumber(requestId: string): string {
  return requestId.slice(0, shortNumberLength);
}
