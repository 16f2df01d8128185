// What undici, Node's sockets and TLS say when an upstream fails, as a BouncerError with a cause that an operator can act on.
// It decides nothing: whether to retry, and what the client gets, is the caller's.
import { BouncerError, type FailureCode } from '../bouncer-error.ts';

interface Reading {
  readonly code: FailureCode;
  readonly text: string;
  readonly hint?: string;
}

/** The code that a reset connection carries once {@link markReset} saw it: undici takes a plain one for the end of a body. */
export const resetCode = 'UPSTREAM_RESET';

const connectFailures: Readonly<Record<string, Reading>> = {
  ECONNREFUSED: {
    code: 'upstream_unreachable',
    text: 'refused the connection',
    hint: 'is it running, and does it listen on this address and port?',
  },
  ENOENT: {
    code: 'upstream_unreachable',
    text: 'has no socket file',
    hint: 'is it running, and is the path of the socket right?',
  },
  EACCES: {
    code: 'upstream_unreachable',
    text: 'may not be connected to',
    hint: 'the account that bouncer runs as needs write permission on the socket',
  },
  EPERM: {
    code: 'upstream_unreachable',
    text: 'may not be connected to',
    hint: 'a firewall rule forbids it',
  },
  ENOTFOUND: {
    code: 'upstream_unreachable',
    text: 'has a host name that does not resolve',
    hint: 'check the host name and the DNS server',
  },
  EAI_AGAIN: {
    code: 'upstream_unreachable',
    text: 'has a host name that could not be looked up',
    hint: 'the DNS server does not answer',
  },
  EHOSTUNREACH: { code: 'upstream_unreachable', text: 'cannot be reached: no route to the host' },
  ENETUNREACH: { code: 'upstream_unreachable', text: 'cannot be reached: no route to the network' },
  EADDRNOTAVAIL: {
    code: 'upstream_unreachable',
    text: 'cannot be reached: no local port is free',
    hint: 'too many short connections; allow keep-alive or lower the load',
  },
  EMFILE: {
    code: 'upstream_unreachable',
    text: 'cannot be connected to: too many open files',
    hint: 'raise the limit of open files (ulimit -n)',
  },
  UND_ERR_CONNECT_TIMEOUT: {
    code: 'upstream_timeout',
    text: 'did not accept the connection in time',
    hint: 'see `connect_timeout`',
  },
  ETIMEDOUT: { code: 'upstream_timeout', text: 'did not accept the connection in time' },
};

const tlsFailures: Readonly<Record<string, Reading>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: {
    code: 'upstream_unreachable',
    text: 'showed a certificate for another name',
    hint: 'set `server_name` to a name that the certificate has',
  },
  CERT_HAS_EXPIRED: { code: 'upstream_unreachable', text: 'showed a certificate that has expired' },
  CERT_NOT_YET_VALID: {
    code: 'upstream_unreachable',
    text: 'showed a certificate that is not valid yet',
    hint: 'compare the clocks',
  },
  EPROTO: {
    code: 'upstream_unreachable',
    text: 'did not complete the TLS handshake',
    hint: 'does it speak TLS on this port, and does it want a client certificate?',
  },
};

const unknownIssuer = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const exchangeFailures: Readonly<Record<string, Reading>> = {
  UND_ERR_HEADERS_TIMEOUT: {
    code: 'upstream_timeout',
    text: 'sent no response in time',
    hint: 'see `response_timeout`',
  },
  UND_ERR_BODY_TIMEOUT: {
    code: 'upstream_timeout',
    text: 'fell silent in the middle of a response',
    hint: 'see `idle_timeout`',
  },
  UND_ERR_HEADERS_OVERFLOW: { code: 'upstream_broken', text: 'sent too large a response head' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: {
    code: 'upstream_broken',
    text: 'sent a body that is not as long as its Content-Length',
  },
  UND_ERR_SOCKET: { code: 'upstream_broken', text: 'closed the connection before the response was complete' },
  ECONNRESET: { code: 'upstream_broken', text: 'reset the connection' },
  [resetCode]: { code: 'upstream_broken', text: 'reset the connection' },
  EPIPE: { code: 'upstream_broken', text: 'closed the connection while the request was being sent' },
  UND_ERR_DESTROYED: { code: 'upstream_busy', text: 'is being taken out of use' },
  UND_ERR_CLOSED: { code: 'upstream_busy', text: 'is being taken out of use' },
  UND_ERR_INVALID_ARG: { code: 'internal', text: 'was not asked: the request cannot be written' },
  UND_ERR_NOT_SUPPORTED: { code: 'internal', text: 'was not asked: the request cannot be written' },
};

/** The stable code of an error, or `''`. An AggregateError (all addresses of a name failed) speaks through its first member. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  return '';
}

/** True when the connection was never made: nothing of the request can have been sent. */
export function isConnectFailure(error: unknown): boolean {
  const code = errorCode(error);
  if (code in connectFailures) return code !== 'ETIMEDOUT' || isFromConnect(error);
  return (
    code in tlsFailures || unknownIssuer.has(code) || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')
  );
}

/**
 * True when an answered-nothing error is what a keep-alive connection that the upstream closed at the same moment gives:
 * the socket had served an earlier request (it has read bytes) and then closed or was reset.
 */
export function isStaleConnection(error: unknown): boolean {
  const code = errorCode(error);
  if (code !== 'UND_ERR_SOCKET' && code !== resetCode && code !== 'ECONNRESET' && code !== 'EPIPE')
    return false;
  return bytesReadBefore(error) > 0;
}

/** Turn what `dispatch` reported for the upstream `upstream` (its address as text) into a failure with a code. */
export function dispatchError(error: unknown, upstream: string): BouncerError {
  if (error instanceof BouncerError) return error;
  const code = errorCode(error);
  const reading = read(code);
  const detail = error instanceof Error && reading === undefined ? `: ${error.message.slice(0, 200)}` : '';
  const {
    code: failure,
    text,
    hint,
  } = reading ?? {
    code: 'upstream_broken' as const,
    text: 'answered in a way that is not HTTP',
  };
  const name = code === '' ? '' : ` (${code})`;
  return new BouncerError(failure, `upstream \`${upstream}\` ${text}${detail}${name}`, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

function read(code: string): Reading | undefined {
  if (Object.hasOwn(connectFailures, code)) return connectFailures[code];
  if (Object.hasOwn(exchangeFailures, code)) return exchangeFailures[code];
  if (Object.hasOwn(tlsFailures, code)) return tlsFailures[code];
  if (unknownIssuer.has(code)) {
    return {
      code: 'upstream_unreachable',
      text: 'showed a certificate from an unknown issuer',
      hint: 'set `ca_file` to the certificate of the authority that issued it',
    };
  }
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) {
    return {
      code: 'upstream_unreachable',
      text: 'did not complete the TLS handshake',
      hint: 'does it speak TLS on this port, and does it want a client certificate?',
    };
  }
  return undefined;
}

function isFromConnect(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'syscall' in error && error.syscall === 'connect';
}

function bytesReadBefore(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 0;
  if ('bytesRead' in error && typeof error.bytesRead === 'number') return error.bytesRead;
  if (!('socket' in error) || typeof error.socket !== 'object' || error.socket === null) return 0;
  const { socket } = error;
  return 'bytesRead' in socket && typeof socket.bytesRead === 'number' ? socket.bytesRead : 0;
}
