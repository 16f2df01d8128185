// Logins that belong to a connection (NTLM, Negotiate): whose connection it becomes, and what is said where others share it.
import type { IncomingMessage } from 'node:http';
import { BouncerError } from '../bouncer-error.ts';
import type { Permit } from '../gateway/permit.ts';
import type { Pair } from './upstream-exchange.ts';

/** For whom the connection of a request is kept: its client's connection, and who it is there. */
export function pairOf({ principal }: Permit, { socket }: IncomingMessage): Pair {
  const person = principal.kind === 'nobody' ? '' : `${principal.kind}:${principal.id}`;
  return { client: socket, person };
}

/** The login cannot be kept to this client and person. */
export function sharedConnectionError({ application }: Permit): BouncerError {
  const what = `a login of the connection (NTLM, Negotiate) to \`${application.name}\``;
  return new BouncerError('connection_login', `${what} over a connection that others share`, {
    hint: 'it works over HTTP/1.1 on both sides, without a trusted proxy; or turn on another login there',
  });
}
