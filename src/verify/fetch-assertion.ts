// For frameworks that speak Request and Response (Fetch): Hono, Next, Remix, Workers with Node's modules. No assertion, no identity; the
// answer to who is refused is ready made.

import { checkHeaderName } from './assertion-of.ts';
import { createAssertionVerifier } from './assertion-verifier.ts';
import { refusalAnswer, refusalOf } from './refusal-answer.ts';
import type { RequireAssertionOptions } from './require-assertion.ts';
import { VerificationError } from './verification-error.ts';
import type { VerifiedAssertion } from './verified-assertion.ts';

/** What became of a request. */
export type AssertedFetch =
  | { readonly ok: true; readonly assertion: VerifiedAssertion }
  /** `response` is to be sent in place of anything else; `error` is for the application's log. */
  | { readonly ok: false; readonly response: Response; readonly error: VerificationError };

/**
 * A function that says who sends a request, or how to answer it. It never throws, and never says `ok` without a current assertion for this
 * application.
 *
 * @throws TypeError when an option is wrong: that is a mistake in the program, and shows at its start
 */
export function createFetchVerifier(
  options: Omit<RequireAssertionOptions, 'onRefused'>,
): (request: { readonly headers: { get(name: string): string | null } }) => Promise<AssertedFetch> {
  const { header = 'X-Bouncer-Jwt-Assertion', ...verifierOptions } = options;
  const name = checkHeaderName(header);
  const verify = createAssertionVerifier(verifierOptions);
  return async (request) => {
    try {
      // Two of them come joined by a comma, which no token has: they are refused as malformed.
      const token = request.headers.get(name);
      if (token === null) throw new VerificationError('missing', 'the request has no assertion');
      return { ok: true, assertion: await verify(token) };
    } catch (thrown) {
      const error = refusalOf(thrown);
      const { status, headers, body } = refusalAnswer(error);
      return { ok: false, response: new Response(body, { status, headers }), error };
    }
  };
}
