// `GET /.bouncer/identity`: who asks on this host, for an application's page script and for programs. Never a session id or token.

import { originOf } from '../http/origin-of.ts';
import { principalAt, type Service } from '../identity/principal.ts';
import type { Session } from '../identity/sessions/session.ts';
import { endOfSession } from '../identity/sessions/session-limits.ts';
import type { Answer } from './answer.ts';
import type { PageContext } from './page-context.ts';

/**
 * The claims of the person or the service under the assertion's names; times in seconds since the epoch.
 *
 * 401 when nobody is known on this host.
 */
export function describeIdentity(context: PageContext): Answer {
  const { session, holder, application, host, requestId } = context.visit;
  const found = session ?? holder;
  const known = found === null || application === null ? found : principalAt(application, found);
  if (known === null || known.kind === 'nobody') {
    const loginUrl = `${originOf(context.settings, host)}/.bouncer/login`;
    return {
      kind: 'json',
      status: 401,
      value: { error: 'login_required', login_url: loginUrl, request_id: requestId },
      headers: { 'WWW-Authenticate': `Bearer realm="${host}"` },
    };
  }
  if (known.kind === 'service') return { kind: 'json', status: 200, value: describeService(known) };
  const limits = application?.session ?? { durationMs: null, idleTimeoutMs: null };
  return { kind: 'json', status: 200, value: describePerson(known, endOfSession(known, limits)) };
}

/** @param endMs when the session ends here */
function describePerson({ identity, createdAtMs }: Session, endMs: number): unknown {
  return {
    type: 'user',
    sub: identity.sub,
    email: identity.email,
    name: identity.name,
    groups: identity.groups,
    idp: identity.idp,
    amr: identity.amr,
    auth_time: identity.authTimeMs === null ? null : Math.floor(identity.authTimeMs / 1000),
    iat: Math.floor(createdAtMs / 1000),
    exp: Math.floor(endMs / 1000),
  };
}

/** As the assertion has it: a service has no address, no groups and no provider. */
function describeService({ name, expiresAtMs }: Service): unknown {
  return {
    type: 'service',
    sub: name,
    common_name: name,
    ...(Number.isFinite(expiresAtMs) ? { exp: Math.floor(expiresAtMs / 1000) } : {}),
  };
}
