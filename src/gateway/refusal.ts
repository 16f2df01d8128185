// The answers that bouncer gives in place of the application: challenges and refusals, as a page or as JSON.
// Texts for strangers come from tables; no internals, and nothing of the request but the e-mail address of the person who asks.

import { type ServerResponse, validateHeaderValue } from 'node:http';
import type { Language } from '../http/accept-language.ts';
import type { GatedRequest } from '../http/gated-request.ts';
import { refusalJson, refusals, refusalText } from '../http/refusals.ts';
import type { RefusalView } from '../rules/model/refusal-view.ts';

/** A page as text, with the header fields it needs (Content-Security-Policy …). */
export interface RenderedPage {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The port through which the gateway shows pages without knowing how they are made. */
export type RenderRefusal = (view: RefusalView & { readonly language: Language }) => RenderedPage;

/** What a refusal may carry beside its status and reason. */
export interface RefusalDetails {
  readonly extraHeaders?: Readonly<Record<string, string>>;
  readonly extraJson?: Readonly<Record<string, unknown>>;
  /** For the log: what happened, and what to do about it. */
  readonly cause?: string;
  readonly hint?: string;
  /** Where "try again" leads, in place of the request's own path. */
  readonly retryPath?: string;
  readonly upstreamMs?: number | null;
}

/** What the answer is made of. `wantsPage` and `wantsText` choose between HTML, plain text and JSON. */
export interface RefusalAnswer {
  readonly view: RefusalView & { readonly language: Language };
  readonly wantsPage: boolean;
  /** Where no page is wanted: plain text in place of JSON, because the program shows it to a person. */
  readonly wantsText?: boolean;
  /** Close the connection after the answer: the request was malformed, or its body is unread. */
  readonly closes: boolean;
  readonly isHead: boolean;
  readonly extraHeaders?: Readonly<Record<string, string>>;
  readonly extraJson?: Readonly<Record<string, unknown>>;
}

/**
 * Send a refusal. Nothing may have been sent on `res` before.
 *
 * @param onRenderFailure told why there is no page; the client gets the same refusal as JSON
 * @returns the number of body bytes
 */
export function sendRefusal(
  res: ServerResponse,
  answer: RefusalAnswer,
  render: RenderRefusal,
  onRenderFailure: (error: unknown) => void,
): number {
  const { view } = answer;
  const headers: Record<string, string> = {
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': view.requestId,
    ...answer.extraHeaders,
  };
  const page = answer.wantsPage ? renderOrReport(view, render, onRenderFailure) : null;
  let body: string;
  if (page !== null) {
    const vary = [headers['Vary'], page.headers['Vary']].filter((names) => names !== undefined);
    Object.assign(headers, page.headers, vary.length === 0 ? {} : { Vary: vary.join(', ') });
    headers['Content-Type'] = 'text/html; charset=utf-8';
    body = page.html;
  } else if (answer.wantsText === true) {
    headers['Content-Type'] = 'text/plain; charset=utf-8';
    body = refusalText(view.reason, view.requestId, answer.extraJson);
  } else {
    headers['Content-Type'] = 'application/json';
    body = refusalJson(view.reason, view.requestId, answer.extraJson);
  }
  const length = Buffer.byteLength(body);
  headers['Content-Length'] = String(length);
  if (answer.closes && res.req.httpVersionMajor < 2) headers['Connection'] = 'close';
  res.writeHead(refusals[view.reason].status, headers);
  res.end(answer.isHead ? undefined : body);
  return answer.isHead ? 0 : length;
}

function renderOrReport(
  view: RefusalView & { readonly language: Language },
  render: RenderRefusal,
  onFailure: (error: unknown) => void,
): RenderedPage | null {
  try {
    const page = render(view);
    for (const [name, value] of Object.entries(page.headers)) validateHeaderValue(name, value);
    if (typeof page.html === 'string') return page;
    throw new TypeError('the refusal page is not text');
  } catch (error) {
    onFailure(error);
    return null;
  }
}

/** Whether the rest of this request must not be read on this connection. */
export function mustClose(request: GatedRequest | null): boolean {
  return request === null || request.hasBody || request.upgrade !== null;
}
