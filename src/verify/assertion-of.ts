// The assertion of a request of node:http, by its raw fields; shared by middleware and upgrades.
import type { IncomingMessage } from 'node:http';
import type { AssertionVerifier } from './assertion-verifier.ts';
import { VerificationError } from './verification-error.ts';
import type { VerifiedAssertion } from './verified-assertion.ts';

/** The header's name in lower case. @throws TypeError when it is not one */
export function checkHeaderName(header: string): string {
  const name = header.toLowerCase();
  if (!/^[a-z0-9-]+$/.test(name)) throw new TypeError('`header` must be the name of a header');
  return name;
}

/** @throws VerificationError */
export async function verifyRequest(
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
