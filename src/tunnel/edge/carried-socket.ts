// One connection to a service behind a tunnel, as the clients of upstreams use a socket: a stream of the session, whose beginning and end
// are what the connector says of the connection that it made. What was cut off is an error, never an end.
import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  IncomingHttpHeaders,
  OutgoingHttpHeaders,
} from 'node:http2';
import { Duplex } from 'node:stream';
import type { SocketWishes, UpstreamSocket } from '../../upstream/opener.ts';
import { isFaultCode, UpstreamFault, type UpstreamFaultCode } from '../../upstream/upstream-fault.ts';
import { endedWell, endField, errorField, protocolField, requestField } from '../wire/control-messages.ts';
import { holdEnd } from '../wire/sender-end.ts';
import { parseWindow, type StreamFlow, windowField } from '../wire/stream-flow.ts';

/** Codes of Node's and of the system's, as they come from a connector. */
const codeForm = /^[A-Z][A-Z0-9_]{2,63}$/;

/**
 * @param flow of the session; `null`: its other side counts nothing
 * @returns the stream, once it was asked for; `error` where it cannot be
 */
export function openCarried(
  session: ClientHttp2Session,
  service: string,
  { protocol, requestId }: SocketWishes,
  flow: StreamFlow | null,
): UpstreamSocket {
  const asked = {
    ':method': 'CONNECT',
    ':authority': service,
    ...(protocol === 'h2' ? { [protocolField]: 'h2' } : {}),
    ...(requestId === undefined ? {} : { [requestField]: requestId }),
  };
  if (flow === null) {
    const stream = request(session, asked);
    return stream === null ? refuseCarried('UPSTREAM_TUNNEL_REFUSED') : carry(stream, session);
  }
  const window = flow.reserve();
  const stream = request(session, { ...asked, [windowField]: String(window) });
  if (stream === null) {
    flow.giveBack(window);
    return refuseCarried('UPSTREAM_TUNNEL_REFUSED');
  }
  const socket = carry(stream, session);
  limit(stream, flow, window);
  return socket;
}

/** A connection that was never asked for, as one that failed. */
export function refuseCarried(code: UpstreamFaultCode): UpstreamSocket {
  const socket: Duplex = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  socket.destroy(new UpstreamFault(code));
  return Object.assign(socket, { setNoDelay: () => socket, setTimeout: () => socket });
}

/** @returns `null`: the session is over, and whoever follows it is about to be told */
function request(session: ClientHttp2Session, headers: OutgoingHttpHeaders): ClientHttp2Stream | null {
  try {
    return session.request(headers);
  } catch {
    return null;
  }
}

/** Both ways: what it sends is followed, and what it is sent waits for its word. */
function limit(stream: ClientHttp2Stream, flow: StreamFlow, window: number): void {
  flow.follow(stream, window);
  const gate = flow.limit(stream, null);
  stream.prependOnceListener('response', (headers: IncomingHttpHeaders) =>
    gate.allow(parseWindow(headers[windowField]) ?? Number.POSITIVE_INFINITY),
  );
}

function carry(stream: ClientHttp2Stream, session: ClientHttp2Session): UpstreamSocket {
  let isConnected = false;
  let said: string | null = null;
  let isEnded = false;
  /** What its connector said of it: every other error is one of the session, whatever the system calls it. */
  let told: Error | null = null;
  const tell = (error: Error): void => {
    told = error;
    stream.destroy(error);
  };
  const lost = (): UpstreamFault =>
    new UpstreamFault(isConnected ? 'UPSTREAM_TUNNEL_LOST' : 'UPSTREAM_TUNNEL_REFUSED');
  const cut = (): void => {
    stream.destroy(lost());
  };
  /** Both come, in either order: the end of the stream, and the word of how the connection ended. */
  const settle = (): void => {
    if (!isEnded || said === null) return;
    if (said === endedWell) letEnd();
    else tell(brokenError(said));
  };
  const { letEnd } = holdEnd(
    stream,
    () => {
      isEnded = true;
      settle();
      // The trailers come in the same turn. An end without a word is none of a connector's.
      setImmediate(() => {
        if (said === null && !stream.destroyed) cut();
      });
    },
    () => process.nextTick(cut),
  );
  stream.once('response', (headers: IncomingHttpHeaders) => {
    if (Number(headers[':status']) === 200) {
      isConnected = true;
      stream.emit('connect');
    } else {
      tell(connectError(String(headers[errorField] ?? '')));
    }
  });
  stream.once('trailers', (headers: IncomingHttpHeaders) => {
    said ??= String(headers[endField] ?? '');
    settle();
  });
  const { _destroy } = stream;
  stream._destroy = (error: Error | null, done: (error?: Error | null) => void): void => {
    // Closed before anybody let it go, and without a word.
    const wasCut = stream.closed && said === null;
    _destroy.call(stream, error, (failure) => {
      const isKnown = failure instanceof UpstreamFault || (told !== null && failure === told);
      const isOver = wasCut || session.destroyed || isOfSession(failure ?? null);
      done(!isKnown && isOver ? lost() : failure);
    });
  };
  return Object.assign(stream, { setNoDelay: () => stream }) as UpstreamSocket;
}

/** It is not of this stream: its session ended, or was over when it was asked. */
function isOfSession(error: Error | null): boolean {
  return error !== null && 'code' in error && String(error.code).startsWith('ERR_HTTP2_');
}

/** What a connector said went wrong before it reached the service. Its text is never quoted: it may say anything. */
function connectError(code: string): Error {
  if (isFaultCode(code)) return new UpstreamFault(code);
  const known = codeForm.test(code) ? code : 'ECONNREFUSED';
  return Object.assign(new Error('the connector could not reach the service'), {
    code: known,
    syscall: 'connect',
  });
}

/** The same of a connection that there was: nothing that it says makes it one that was never made. */
function brokenError(code: string): Error {
  const known = code === 'EPIPE' || code === 'ETIMEDOUT' ? code : 'ECONNRESET';
  return Object.assign(new Error('the connection of the connector to the service broke'), { code: known });
}
