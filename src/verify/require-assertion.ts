// Express and connect middleware, usable in a plain node:http handler too: no assertion, no request. It never calls `next` for a
// request whose assertion it did not verify.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type AssertionVerifier,
  type AssertionVerifierOptions,
  createAssertionVerifier,
} from './assertion-verifier.ts';
import { VerificationError } from './verification-error.ts';
import type { VerifiedAssertion } from './verified-assertion.ts';

/** A request that may have passed {@link requireAssertion}. */
export interface AssertedRequest extends IncomingMessage {
  /** Set by {@link requireAssertion}, and by nobody else. */
  assertion?: VerifiedAssertion;
}

declare global {
  namespace Express {
    interface Request {
      /** Who is asking, as bouncer signed it. Set by `requireAssertion` of `bouncer-proxy/verify`. */
      assertion?: VerifiedAssertion;
    }
  }
}

export interface RequireAssertionOptions extends AssertionVerifierOptions {
  /** The header that carries the assertion; by default `X-Bouncer-Jwt-Assertion`, as in bouncer's settings. */
  readonly header?: string;
  /** Told of every refusal, after it was answered: for the application's log. What it throws is not caught. */
  readonly onRefused?: (error: VerificationError, request: IncomingMessage) => void;
}

/** The shape that Express and connect call, and that a plain handler can call itself. */
export type AssertionMiddleware = (
  request: AssertedRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Middleware that lets a request pass only with a current assertion for this application, and sets `request.assertion`.
 *
 * Refused requests are answered here, as JSON: 401 `assertion_missing` or `assertion_invalid`; 503 `assertion_unverifiable` when the
 * published keys cannot be read. The answer does not say what was wrong; `onRefused` is told.
 *
 * @throws TypeError when an option is wrong
 */
export function requireAssertion(options: RequireAssertionOptions): AssertionMiddleware {
  const { header = 'X-Bouncer-Jwt-Assertion', onRefused, ...verifierOptions } = options;
  const name = header.toLowerCase();
  if (!/^[a-z0-9-]+$/.test(name)) throw new TypeError('`header` must be the name of a header');
  const verify = createAssertionVerifier(verifierOptions);
  return (request, response, next) => {
    delete request.assertion;
    verifyRequest(request, name, verify)
      .then(
        (assertion) => assertion,
        (error: unknown) => {
          refuse(error, request, response, onRefused);
          return null;
        },
      )
      .then((assertion) => {
        if (assertion === null) return;
        request.assertion = assertion;
        next();
      });
  };
}

async function verifyRequest(
  request: IncomingMessage,
  name: string,
  verify: AssertionVerifier,
): Promise<VerifiedAssertion> {
  // Node joins repeated headers with a comma, or keeps one of them: only the raw list tells.
  const count = request.rawHeaders.filter(
    (text, index) => index % 2 === 0 && text.toLowerCase() === name,
  ).length;
  if (count > 1) throw new VerificationError('doubled', 'the request has more than one assertion');
  // The value is that of `headers`: the library door of bouncer sets it there, in the same process.
  const token = request.headers[name];
  if (token === undefined) throw new VerificationError('missing', 'the request has no assertion');
  return verify(token);
}

function refuse(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  onRefused: RequireAssertionOptions['onRefused'],
): void {
  const refusal =
    error instanceof VerificationError
      ? error
      : new VerificationError('keys_unavailable', 'the assertion could not be verified', { cause: error });
  answer(refusal, response);
  onRefused?.(refusal, request);
}

function answer(refusal: VerificationError, response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.statusCode = refusal.status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  if (refusal.status === 401) response.setHeader('WWW-Authenticate', 'Bouncer-Assertion');
  else response.setHeader('Retry-After', '5');
  response.end(JSON.stringify({ error: publicError(refusal) }));
}

function publicError(refusal: VerificationError): string {
  if (refusal.status === 503) return 'assertion_unverifiable';
  return refusal.code === 'missing' ? 'assertion_missing' : 'assertion_invalid';
}
