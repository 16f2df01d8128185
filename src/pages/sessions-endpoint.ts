// `/.bouncer/sessions` on `auth_url`: the page of a person's own sessions, and the forms that end them.
import { isPageNavigation } from '../http/client-kind.ts';
import { originOf } from '../http/origin-of.ts';
import { sessionsPath } from '../identity/login/begin-login.ts';
import { visitFields } from '../identity/login/login-context.ts';
import type { Endpoint } from './endpoint.ts';
import { isOwnForm } from './is-own-form.ts';
import { answerStep } from './login-pages.ts';
import { ownRefusal } from './own-refusal.ts';
import { renderSessions } from './sessions-page.ts';

const backHere = new URLSearchParams({ return_to: sessionsPath });

/** What a person keeps here is nothing for a script of an application that lives on this very host: pages alone. */
export const sessions: Endpoint = {
  GET: async (context, { ownSessions }) => {
    const { session, nowMs, query } = context.visit;
    if (!isPageNavigation(context.request)) return ownRefusal(context, 'no-such-page');
    if (session === null)
      return { kind: 'redirect', status: 302, location: `/.bouncer/login?${backHere}`, setCookies: [] };
    const ended = /^\?ended=([0-9]{1,4})$/.exec(query)?.[1];
    const body = renderSessions(context, {
      sessions: await ownSessions.list(session, nowMs),
      ended: ended === undefined ? null : Number(ended),
      letters: await ownSessions.letters(session, nowMs),
    });
    return { kind: 'page', status: 200, body };
  },
  POST: async (context, { ownSessions, logins }, readForm) => {
    const { visit, settings, request } = context;
    if (!isOwnForm(request, originOf(settings, visit.host))) return ownRefusal(context, 'cross-site-request');
    const { end: which, letters } = (await readForm()) ?? {};
    const { session } = visit;
    // A button that was pressed twice, or on a page that was left open: the login has ended.
    if (session === null) return answerStep({ kind: 'signed-out', setCookies: [] }, context);
    if (letters === 'on' || letters === 'off') {
      await ownSessions.wish(session, letters === 'on' ? 'letters' : 'no-letters', visit.nowMs);
      return { kind: 'redirect', status: 303, location: sessionsPath, setCookies: [] };
    }
    if (which === session.logId) return answerStep(await logins.logout(visit, null), context);
    const ended = typeof which === 'string' ? await ownSessions.end(session, which, visitFields(visit)) : 0;
    // Loading it again must not send the form once more.
    return { kind: 'redirect', status: 303, location: `${sessionsPath}?ended=${ended}`, setCookies: [] };
  },
};
