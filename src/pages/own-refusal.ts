// When an endpoint of bouncer's own says no: wrong path, wrong method, wrong origin, or a fault inside.
import { type Reason, refusals } from '../http/refusals.ts';
import type { Answer } from './answer.ts';
import { lookOf, type PageContext } from './page-context.ts';
import { renderRefusal } from './render-refusal.ts';
import { wantsJson } from './wants-json.ts';

/**
 * A refusal as the visitor can read it.
 *
 * @param reason its row says status and words
 * @param more fields of the JSON answer beside the three that every answer has; with any, there is no page
 */
export function ownRefusal(
  context: PageContext,
  reason: Reason,
  headers: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, string>> = {},
): Answer {
  const { requestId, session } = context.visit;
  const { status, word } = refusals[reason];
  if (wantsJson(context.request) || Object.keys(more).length > 0) {
    const value = { error: word, reason, request_id: requestId, ...more };
    return { kind: 'json', status, value, headers };
  }
  const view = {
    reason,
    requestId,
    application: context.visit.application?.presentation ?? null,
    denial: null,
    opensNothing: false,
    email: session?.identity.email ?? null,
    emailFault: session?.identity.unsettled?.email ?? null,
    isLoggedIn: session !== null,
    askHref: null,
    hostAuthUrl: context.settings.authUrl,
    retryPath: null,
  };
  return { kind: 'page', status, body: renderRefusal(view, lookOf(context)), headers };
}
