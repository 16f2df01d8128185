// `GET /.bouncer/identity`: who the asking browser is on this host, for an application's page script. Never a session id or token.

import { originOf } from '../http/origin-of.ts';
import { principalAt } from '../identity/principal.ts';
import { endOfSession } from '../identity/sessions/session-limits.ts';
import type { Answer } from './answer.ts';
import type { PageContext } from './page-context.ts';

/**
 * The person's claims under the assertion's names; times in seconds since the epoch.
 *
 * 401 when nobody is logged in on this host.
 */
export function describeIdentity(context: PageContext): Answer {
  const { session, application, host, requestId } = context.visit;
  const isTaken = session !== null && (application === null || principalAt(application, session) === session);
  if (!isTaken) {
    const loginUrl = `${originOf(context.settings, host)}/.bouncer/login`;
    return {
      kind: 'json',
      status: 401,
      value: { error: 'login_required', login_url: loginUrl, request_id: requestId },
      headers: { 'WWW-Authenticate': `Bearer realm="${host}"` },
    };
  }
  const { identity } = session;
  const endMs = endOfSession(session, application?.session ?? { durationMs: null, idleTimeoutMs: null });
  return {
    kind: 'json',
    status: 200,
    value: {
      sub: identity.sub,
      email: identity.email,
      name: identity.name,
      groups: identity.groups,
      idp: identity.idp,
      amr: identity.amr,
      auth_time: identity.authTimeMs === null ? null : Math.floor(identity.authTimeMs / 1000),
      iat: Math.floor(session.createdAtMs / 1000),
      exp: Math.floor(endMs / 1000),
    },
  };
}
