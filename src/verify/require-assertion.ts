// Express and connect middleware, usable in a plain node:http handler too: no assertion, no request. It never calls `next` for a
// request whose assertion it did not verify.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkHeaderName, verifyRequest } from './assertion-of.ts';
import { type AssertionVerifierOptions, createAssertionVerifier } from './assertion-verifier.ts';
import { refusalAnswer, refusalOf } from './refusal-answer.ts';
import type { VerificationError } from './verification-error.ts';
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
  const name = checkHeaderName(header);
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

function refuse(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  onRefused: RequireAssertionOptions['onRefused'],
): void {
  const refusal = refusalOf(error);
  answer(refusal, response);
  onRefused?.(refusal, request);
}

function answer(refusal: VerificationError, response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, headers, body } = refusalAnswer(refusal);
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}
