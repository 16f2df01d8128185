// What the clients of upstreams, Node's sockets and TLS say when an upstream fails, as a BouncerError with a cause that an operator can
// act on. It decides nothing: whether to retry, and what the client gets, is the caller's.
import { BouncerError, type FailureCode } from '../bouncer-error.ts';
import { UpstreamFault, type UpstreamFaultCode } from './upstream-fault.ts';

interface Reading {
  readonly code: FailureCode;
  readonly text: string;
  readonly hint?: string;
}

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
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: {
    code: 'upstream_unreachable',
    text: 'does not speak HTTP/2 on this port',
    hint: 'leave out `http2`, or turn HTTP/2 on there',
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
  ECONNRESET: { code: 'upstream_broken', text: 'reset the connection' },
  EPIPE: { code: 'upstream_broken', text: 'closed the connection while the request was being sent' },
};

/** What a fault means to the client, where it is not simply a broken answer; the words are the fault's own. */
const faults: Partial<Record<UpstreamFaultCode, { readonly code: FailureCode; readonly hint?: string }>> = {
  UPSTREAM_CONNECT_TIMEOUT: { code: 'upstream_timeout', hint: 'see `connect_timeout`' },
  UPSTREAM_RESPONSE_TIMEOUT: { code: 'upstream_timeout', hint: 'see `response_timeout`' },
  UPSTREAM_BODY_TIMEOUT: { code: 'upstream_timeout', hint: 'see `idle_timeout`' },
  UPSTREAM_TUNNEL_REFUSED: { code: 'upstream_unreachable' },
  UPSTREAM_TUNNEL_FULL: {
    code: 'upstream_busy',
    hint: 'run another connector of the tunnel; see `max_connections` and `max_websockets`',
  },
  UPSTREAM_TUNNEL_LOST: { code: 'upstream_broken', hint: 'see `tunnel_disconnected` in the log' },
  UPSTREAM_TUNNEL_DENIED: {
    code: 'upstream_unreachable',
    hint: 'name it among the services of the connector, and here the same',
  },
  UPSTREAM_NO_HTTP2: { code: 'upstream_unreachable', hint: 'leave out `http2`, or turn HTTP/2 on there' },
  UPSTREAM_HTTP1_REQUIRED: { code: 'upstream_unreachable', hint: 'leave out `http2`' },
  UPSTREAM_RETIRED: { code: 'upstream_busy' },
  UPSTREAM_REQUEST_INVALID: { code: 'internal' },
  UPSTREAM_REQUEST_LENGTH: { code: 'internal' },
};

/** The stable code of an error, or `''`. An AggregateError (all addresses of a name failed) speaks through its first member. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  return '';
}

const connectFaults: ReadonlySet<string> = new Set<UpstreamFaultCode>([
  'UPSTREAM_CONNECT_TIMEOUT',
  'UPSTREAM_TUNNEL_REFUSED',
  'UPSTREAM_TUNNEL_FULL',
  'UPSTREAM_TUNNEL_DENIED',
]);

/** True when the connection was never made: nothing of the request can have been sent. */
export function isConnectFailure(error: unknown): boolean {
  const code = errorCode(error);
  if (connectFaults.has(code)) return true;
  if (code in connectFailures) return code !== 'ETIMEDOUT' || isFromConnect(error);
  return (
    code in tlsFailures ||
    unknownIssuer.has(code) ||
    code.startsWith('ERR_OSSL') ||
    code.startsWith('ERR_SSL') ||
    code.startsWith('ERR_TLS')
  );
}

/** True when the upstream gave no answer: no connection, none in time, or it went away in place of one. */
export function isMissingAnswer(error: unknown): boolean {
  const code = errorCode(error);
  return (
    code === 'UPSTREAM_CLOSED' ||
    code === 'UPSTREAM_SPOKE_UNASKED' ||
    code === 'UPSTREAM_TUNNEL_LOST' ||
    code === 'UPSTREAM_RESPONSE_TIMEOUT' ||
    code === 'ECONNRESET' ||
    code === 'EPIPE' ||
    isConnectFailure(error)
  );
}

/** Turn what was reported for the upstream `upstream` (its address as text) into a failure with a code. */
export function dispatchError(error: unknown, upstream: string): BouncerError {
  if (error instanceof BouncerError) return error;
  const code = errorCode(error);
  if (error instanceof UpstreamFault) return faultError(error, upstream);
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

function faultError(fault: UpstreamFault, upstream: string): BouncerError {
  const { code, hint } = faults[fault.code] ?? { code: 'upstream_broken' };
  return new BouncerError(code, `upstream \`${upstream}\` ${fault.message} (${fault.code})`, {
    cause: fault,
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
  if (code.startsWith('ERR_OSSL')) {
    return {
      code: 'upstream_unreachable',
      text: 'cannot be connected to: a certificate or key of `upstream_options` cannot be read',
      hint: 'they are PEM files, and the key belongs to the certificate',
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
  // All addresses of a name were tried.
  if (error instanceof AggregateError) return error.errors.some(isFromConnect);
  return typeof error === 'object' && error !== null && 'syscall' in error && error.syscall === 'connect';
}
