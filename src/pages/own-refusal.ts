// When an endpoint of bouncer's own says no: wrong path, wrong method, wrong origin, or a fault inside.
import type { Answer } from './answer.ts';
import { wantsJson } from './client-wish.ts';
import type { PageContext } from './page-context.ts';
import { renderRefusal } from './render-refusal.ts';

const errorWords: Readonly<Record<number, string>> = {
  403: 'denied',
  404: 'not_found',
  405: 'method_not_allowed',
  503: 'unavailable',
};

/**
 * A refusal as the visitor can read it.
 *
 * @param reason a fixed id; by default the status's words are shown
 */
export function answerRefusal(
  context: PageContext,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  reason = 'own-endpoint',
): Answer {
  const { requestId, session } = context.visit;
  if (wantsJson(context.request)) {
    const value = { error: errorWords[status] ?? 'internal_error', reason, request_id: requestId };
    return { kind: 'json', status, value, headers };
  }
  const body = renderRefusal({
    status,
    reason,
    requestId,
    applicationName: null,
    email: session?.identity.email ?? null,
    isLoggedIn: session !== null,
    hostAuthUrl: context.settings.authUrl,
    retryPath: null,
  });
  return { kind: 'page', status, body, headers };
}
