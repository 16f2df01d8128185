// Pages for whoever is logged in: everybody else is sent to log in, and back.
import {
  appendNeeds,
  hasNeeds,
  type LoginNeeds,
  meetsNeeds,
  noNeeds,
} from '../identity/login/login-needs.ts';
import type { PersonVisit } from '../identity/login/login-step.ts';
import type { Answer } from './answer.ts';
import type { PageContext } from './page-context.ts';

/** @param path where to come back to @param needs what the login must have besides a name */
export function requirePerson(
  context: PageContext,
  path: string,
  needs: LoginNeeds = noNeeds,
): PersonVisit | Answer {
  const { visit } = context;
  const { session, nowMs } = visit;
  const isThere = session !== null && !session.mustAskPerson;
  if (isThere && (!hasNeeds(needs) || meetsNeeds(session.identity, needs, nowMs)))
    return { ...visit, session };
  const query = new URLSearchParams({ return_to: path });
  appendNeeds(query, needs);
  const location = `/.bouncer/login?${query}`;
  return { kind: 'redirect', status: context.request.method === 'GET' ? 302 : 303, location, setCookies: [] };
}

export function isAnswer(value: PersonVisit | Answer): value is Answer {
  return 'kind' in value;
}
