// For WebSockets and other upgrades of node:http: the handshake goes on only with an assertion; everything else is answered and ended.
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { checkHeaderName, verifyRequest } from './assertion-of.ts';
import { createAssertionVerifier } from './assertion-verifier.ts';
import { refusalAnswer, refusalOf } from './refusal-answer.ts';
import type { AssertedRequest, RequireAssertionOptions } from './require-assertion.ts';

/**
 * For a server's `upgrade` event: calls `next` with a verified `request.assertion`, or answers and ends the socket. bouncer ends the
 * connection when the access ends: the assertion is looked at once, when it opens.
 *
 * @throws TypeError when an option is wrong
 */
export function requireAssertionOnUpgrade(
  options: RequireAssertionOptions,
): (request: AssertedRequest, socket: Duplex, next: () => void) => void {
  const { header = 'X-Bouncer-Jwt-Assertion', onRefused, ...verifierOptions } = options;
  const name = checkHeaderName(header);
  const verify = createAssertionVerifier(verifierOptions);
  return (request, socket, next) => {
    delete request.assertion;
    // Who leaves while the keys are read must not end the process.
    const ignore = (): void => {};
    socket.on('error', ignore);
    verifyRequest(request, name, verify)
      .catch((error: unknown) => {
        refuse(error, request, socket, onRefused);
        return null;
      })
      .then((assertion) => {
        if (assertion === null || socket.destroyed) return;
        socket.off('error', ignore);
        request.assertion = assertion;
        next();
      });
  };
}

function refuse(
  error: unknown,
  request: IncomingMessage,
  socket: Duplex,
  onRefused: RequireAssertionOptions['onRefused'],
): void {
  const refusal = refusalOf(error);
  const { status, headers, body } = refusalAnswer(refusal);
  const fields = { ...headers, Connection: 'close', 'Content-Length': String(Buffer.byteLength(body)) };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  onRefused?.(refusal, request);
}
