// Bouncer inside an Express or connect application: decides, and hands the application the identity it vouches for.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gateway } from './gateway/create-gateway.ts';
import type { Permit } from './gateway/permit.ts';
import { breakOff } from './http/queued-response.ts';
import { identityOf } from './identity/principal.ts';

/** Who is asking, as `req.bouncer`. */
export interface BouncerIdentity {
  readonly application: string;
  /** The policy that let the request in. */
  readonly policy: string | null;
  /** `null` on paths that a `bypass` policy opens to everybody. */
  readonly identity: {
    readonly sub: string;
    readonly email: string | null;
    readonly name: string | null;
    readonly groups: readonly string[];
    readonly idp: string;
  } | null;
  /** The name of the service token that the request came with; `null` for a person, or nobody. */
  readonly service: string | null;
}

export type BouncerMiddleware = (
  req: IncomingMessage & { bouncer?: BouncerIdentity },
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** Fields that frame the body on this connection: they stay as node:http read them. */
const framing = new Set(['transfer-encoding', 'content-length', 'connection', 'expect']);

/** Create the middleware. It calls `next()` only for what the rules allow; everything else it answers itself. */
export function createMiddleware(gateway: Gateway): BouncerMiddleware {
  return (req, res, next) => {
    gateway.admit(req, res, (permit, sink) => {
      replaceHeaders(req, permit);
      req.bouncer = tellIdentity(permit);
      let isEnded = false;
      let cut = 'client-gone';
      const startedMs = performance.now();
      res.once('close', () => {
        if (isEnded) return;
        isEnded = true;
        sink.onEnd({
          status: res.statusCode,
          upstreamMs: performance.now() - startedMs,
          bytesOut: 0,
          cut: res.writableFinished ? null : cut,
        });
      });
      sink.onLive((reason) => {
        cut = reason;
        breakOff(res);
      });
      next();
    });
  };
}

/** The application sees what an upstream would see: nothing that the client made up, and the assertion. */
function replaceHeaders(req: IncomingMessage, permit: Permit): void {
  const kept: string[] = [];
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    const name = req.rawHeaders[index] ?? '';
    if (framing.has(name.toLowerCase())) kept.push(name, req.rawHeaders[index + 1] ?? '');
  }
  const fields = permit.headers.filter((_, index) => {
    const name = permit.headers[index - (index % 2)] ?? '';
    return !framing.has(name.toLowerCase());
  });
  req.rawHeaders = [...kept, ...fields];
  const headers: Record<string, string> = {};
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    const name = (req.rawHeaders[index] ?? '').toLowerCase();
    const value = req.rawHeaders[index + 1] ?? '';
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
    Object.defineProperty(headers, name, {
      value: before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  req.headers = headers;
}

function tellIdentity(permit: Permit): BouncerIdentity {
  const identity = identityOf(permit.principal);
  return {
    application: permit.application.name,
    policy: permit.decision.policy,
    service: permit.principal.kind === 'service' ? permit.principal.name : null,
    identity:
      identity === null
        ? null
        : {
            sub: identity.sub,
            email: identity.email,
            name: identity.name,
            groups: identity.groups,
            idp: identity.idp,
          },
  };
}
