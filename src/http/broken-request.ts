// A request that was let in and whose body then stopped being HTTP, or did not come: noted by who reads it, asked for by who writes down
// how it ended. Without it the record would say that the client left.
import type { Reason } from './refusals.ts';

const broken = Symbol('broken request');

interface Marked {
  [broken]?: Reason;
}

/** Note why no more of the request will be read; the first reason stays. @param req the request's object, which everybody shares */
export function markBroken(req: object, reason: Reason): void {
  (req as Marked)[broken] ??= reason;
}

/** Why no more of the request was read; `null`: nothing is wrong with it. */
export function brokenReason(req: object): Reason | null {
  return (req as Marked)[broken] ?? null;
}
