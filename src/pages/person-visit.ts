// Pages for whoever is logged in: everybody else is sent to log in, and back.
import type { PersonVisit } from '../identity/login/login-step.ts';
import type { Answer } from './answer.ts';
import type { PageContext } from './page-context.ts';

/** @param path where to come back to */
export function requirePerson(context: PageContext, path: string): PersonVisit | Answer {
  const { visit } = context;
  const { session } = visit;
  if (session !== null && !session.mustAskPerson) return { ...visit, session };
  const location = `/.bouncer/login?return_to=${encodeURIComponent(path)}`;
  return { kind: 'redirect', status: context.request.method === 'GET' ? 302 : 303, location, setCookies: [] };
}

export function isAnswer(value: PersonVisit | Answer): value is Answer {
  return 'kind' in value;
}
