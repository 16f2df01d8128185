// When what a principal proved ends for an application.
import type { Principal } from '../identity/principal.ts';
import { endOfSession } from '../identity/sessions/session-limits.ts';
import type { Application } from '../rules/model/compiled-rules.ts';

/** Milliseconds since the epoch, used or not; `Infinity` for nobody, who proved nothing. */
export function endOfPrincipal(principal: Principal, application: Application): number {
  switch (principal.kind) {
    case 'nobody':
      return Number.POSITIVE_INFINITY;
    case 'person':
      return endOfSession(principal, application.session);
    case 'service':
      return principal.expiresAtMs;
    default:
      return principal satisfies never;
  }
}
