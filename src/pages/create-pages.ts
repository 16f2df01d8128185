// Everything that people see under `/.bouncer/`, as one handler. It decides nothing about applications and never forwards.
// Express carries the body reading and the errors; which endpoint answers is our own exact table over the gated path.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorRequestHandler, Request, RequestHandler, Response, Router } from 'express';
import { BouncerError, failures } from '../bouncer-error.ts';
import { askForBody, breakOff } from '../http/queued-response.ts';
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
  /** Load now what the first page would have to wait for. Never rejects. */
  prepare(): Promise<void>;
}

/** The largest form that an endpoint reads; a logout token is a few hundred bytes. */
const formLimitBytes = 64 * 1024;

type Express = typeof import('express');
type Contexts = Pick<WeakMap<IncomingMessage, PageContext>, 'get'>;

export function createPages(parts: PagesParts): Pages {
  const contexts = new WeakMap<IncomingMessage, PageContext>();
  let router: Router | null = null;
  // Express is a tenth of a start, and no request of an application needs it.
  const open = async (): Promise<Router> => {
    const { default: express } = await import('express');
    router ??= createRouter(express, parts, contexts);
    return router;
  };
  const fail = failer(parts, contexts);

  return {
    handle(req, res, context) {
      contexts.set(req, { ...context, texts: textsIn(context.visit.language) });
      const run = (ready: Router): void => {
        ready(req as Request, res as Response, () => breakOff(res));
      };
      if (router !== null) run(router);
      else
        open()
          .then(run)
          .catch((error: unknown) => fail(error, req, res));
    },
    prepare: () => open().then(() => {}, ignore),
  };
}

function contextOf(req: IncomingMessage, contexts: Contexts): PageContext {
  const context = contexts.get(req);
  if (context === undefined) throw new Error('a page was asked for without its context');
  return context;
}

function createRouter(express: Express, parts: PagesParts, contexts: Contexts): Router {
  const parseForm = express.urlencoded({ extended: false, limit: formLimitBytes, parameterLimit: 20 });
  const answer: RequestHandler = async (req, res) => {
    const context = contextOf(req, contexts);
    const readForm: ReadForm = async () => {
      if (context.request.expectsContinue) askForBody(res);
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
  const fail = failer(parts, contexts);
  const answerFailure: ErrorRequestHandler = (error: unknown, req, res, _next) => fail(error, req, res);

  // A router and not an application: an application gives requests and responses the prototypes of HTTP/1.1, which breaks HTTP/2.
  const router = express.Router({ caseSensitive: true, strict: true });
  router.use(answer);
  router.use(answerFailure);
  return router;
}

/** @returns what answers a request in whose answer something was thrown */
function failer({ telemetry }: PagesParts, contexts: Contexts) {
  return (error: unknown, req: IncomingMessage, res: ServerResponse): void => {
    const context = contextOf(req, contexts);
    const code = error instanceof BouncerError ? error.code : 'internal';
    const at = { action: 'answer', request_id: context.visit.requestId };
    if (code === 'store_unavailable') telemetry.event('store_failed', { ...at, ...causeOf(error) });
    else telemetry.event('internal_error', { ...at, ...faultOf(error) });
    if (res.headersSent) return void breakOff(res);
    // Nothing of the answer that failed may go out with this one, its cookies least of all.
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    sendAnswer(res, ownRefusal(context, failures[code].refusal), context);
  };
}

function ignore(): void {
  // Whoever asks for a page is told, and the log.
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
