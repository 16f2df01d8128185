// Everything that people see under `/.bouncer/`, as one handler. It decides nothing about applications and never forwards.
// Express carries the body reading and the errors; which endpoint answers is our own exact table over the gated path.
import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import { BouncerError, failures } from '../bouncer-error.ts';
import { isRecord } from '../source/is-record.ts';
import { causeOf, faultOf } from '../telemetry/cause-of.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { textsIn } from '../texts/texts.ts';
import type { Answering, EndpointParts, ReadForm } from './endpoint.ts';
import { findEndpoint } from './endpoints.ts';
import { ownRefusal } from './own-refusal.ts';
import type { PageContext, VisitContext } from './page-context.ts';
import { sendAnswer } from './send-answer.ts';

export interface PagesParts extends EndpointParts {
  readonly telemetry: Telemetry;
}

export interface Pages {
  /**
   * Answer a request for one of bouncer's own endpoints: gated, canonical, identified, and not an application's.
   * Answers every request, whatever happens inside.
   */
  handle(req: IncomingMessage, res: ServerResponse, context: VisitContext): void;
}

/** The largest form that an endpoint reads; a logout token is a few hundred bytes. */
const formLimitBytes = 64 * 1024;

export function createPages(parts: PagesParts): Pages {
  const contexts = new WeakMap<IncomingMessage, PageContext>();
  const parseForm = express.urlencoded({ extended: false, limit: formLimitBytes, parameterLimit: 20 });

  function contextOf(req: IncomingMessage): PageContext {
    const context = contexts.get(req);
    if (context === undefined) throw new Error('a page was asked for without its context');
    return context;
  }

  const answer: RequestHandler = async (req, res) => {
    const context = contextOf(req);
    const readForm: ReadForm = async () => {
      if (context.request.expectsContinue) res.writeContinue();
      // HTTP/2 frames a body itself; the body parser looks for the words of HTTP/1.1.
      if (context.request.hasBody && req.headers['content-length'] === undefined) {
        req.headers['transfer-encoding'] = 'chunked';
      }
      const error = await new Promise<unknown>((resolve) => parseForm(req, res, resolve));
      const form: unknown = error === undefined ? req.body : undefined;
      return isRecord(form) ? form : null;
    };
    const answering = selectAnswering(context);
    sendAnswer(res, await answering(context, parts, readForm), context);
  };

  const fail: ErrorRequestHandler = (error: unknown, req, res, _next) => {
    const context = contextOf(req);
    const code = error instanceof BouncerError ? error.code : 'internal';
    const at = { action: 'answer', request_id: context.visit.requestId };
    if (code === 'store_unavailable') parts.telemetry.event('store_failed', { ...at, ...causeOf(error) });
    else parts.telemetry.event('internal_error', { ...at, ...faultOf(error) });
    if (res.headersSent) return void res.destroy();
    // Nothing of the answer that failed may go out with this one, its cookies least of all.
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    sendAnswer(res, ownRefusal(context, failures[code].refusal), context);
  };

  // A router and not an application: an application gives requests and responses the prototypes of HTTP/1.1, which breaks HTTP/2.
  const router = express.Router({ caseSensitive: true, strict: true });
  router.use(answer);
  router.use(fail);

  return {
    handle(req, res, context) {
      contexts.set(req, { ...context, texts: textsIn(context.visit.language) });
      router(req as Request, res as Response, () => res.destroy());
    },
  };
}

function selectAnswering(context: PageContext): Answering {
  const endpoint = findEndpoint(context);
  if (endpoint === null) return (visited) => ownRefusal(visited, 'no-such-page');
  const { method } = context.request;
  const answering =
    method === 'HEAD' || method === 'GET' ? endpoint.GET : method === 'POST' ? endpoint.POST : undefined;
  if (answering !== undefined) return answering;
  const allow = [endpoint.GET && 'GET, HEAD', endpoint.POST && 'POST'].filter((name) => name !== undefined);
  return (visited) => ownRefusal(visited, 'method-not-allowed', { Allow: allow.join(', ') });
}
