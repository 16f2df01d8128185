// What an upstream can do wrong once it was asked, each with a stable code and words for the operator. Connecting has Node's own
// codes (ECONNREFUSED …); what the client of bouncer gets, and whether to ask again, is not decided here.

const texts = {
  UPSTREAM_CONNECT_TIMEOUT: 'did not accept the connection in time',
  UPSTREAM_RESPONSE_TIMEOUT: 'sent no response in time',
  UPSTREAM_BODY_TIMEOUT: 'fell silent in the middle of a response',
  UPSTREAM_CLOSED: 'closed the connection before the response was complete',
  UPSTREAM_SPOKE_UNASKED: 'sent something over a kept connection before it was asked',
  UPSTREAM_RETIRED: 'is being taken out of use',
  UPSTREAM_TUNNEL_REFUSED: 'took no connection: its connector is leaving, or is gone',
  UPSTREAM_TUNNEL_FULL: 'took no connection: its connector carries as many as it can',
  UPSTREAM_TUNNEL_LOST: 'cannot be reached any more: the connection of its connector was lost',
  UPSTREAM_TUNNEL_DENIED: 'is not in the list of its connector',
  UPSTREAM_NO_HTTP2: 'does not speak HTTP/2 on this port',
  UPSTREAM_HTTP1_REQUIRED: 'takes this request over HTTP/1.1 alone',
  UPSTREAM_NOT_HTTP: 'answered in a way that is not HTTP/1.1',
  UPSTREAM_HEAD_TOO_LARGE: 'sent too large a response head',
  UPSTREAM_HEAD_INVALID: 'sent a malformed response head',
  UPSTREAM_LENGTH_INVALID: 'sent a response without one valid Content-Length',
  UPSTREAM_CODING_UNKNOWN: 'sent a response in a transfer coding that nobody asked for',
  UPSTREAM_FRAMING_AMBIGUOUS: 'sent a response with two kinds of framing',
  UPSTREAM_CHUNK_INVALID: 'sent a malformed chunk',
  UPSTREAM_TRAILERS_INVALID: 'sent malformed trailers',
  UPSTREAM_TRAILERS_TOO_LARGE: 'sent too many trailers',
  UPSTREAM_INTERIM_FLOOD: 'sent interim responses without an end',
  UPSTREAM_SWITCH_UNASKED: 'switched to a protocol that nobody asked for',
  UPSTREAM_REQUEST_INVALID: 'was not asked: the request cannot be written',
  UPSTREAM_REQUEST_LENGTH: 'was sent a body that is not as long as its Content-Length',
} as const;

/** A stable code: compare it, never the message. */
export type UpstreamFaultCode = keyof typeof texts;

/** Longer pieces of what an upstream sent do not belong into a log. */
const longestDetail = 80;

/** An upstream that did not keep to HTTP, or to its time. `message` is for the operator and quotes little of what was sent. */
export class UpstreamFault extends Error {
  readonly code: UpstreamFaultCode;
  /** What exactly, where that is known: `a field line without a colon`. */
  readonly detail: string;

  constructor(code: UpstreamFaultCode, detail = '') {
    super(detail === '' ? texts[code] : `${texts[code]}: ${detail}`);
    this.name = 'UpstreamFault';
    this.code = code;
    this.detail = detail;
  }
}

/** A piece of what an upstream sent, for a message: printable ASCII in backticks, cut. */
export function quoted(text: string): string {
  const cut = text.length > longestDetail ? `${text.slice(0, longestDetail)}…` : text;
  return `\`${cut.replace(/[^\x20-\x7e…]/g, '?')}\``;
}

/**
 * Closed or reset: what a connection looks like that was closed while the request was on its way, or given up for what it said before
 * that. A timeout looks different.
 */
export function isConnectionGone(error: Error): boolean {
  const code = 'code' in error ? error.code : '';
  return (
    code === 'UPSTREAM_CLOSED' ||
    code === 'UPSTREAM_SPOKE_UNASKED' ||
    code === 'UPSTREAM_TUNNEL_LOST' ||
    code === 'ECONNRESET' ||
    code === 'EPIPE'
  );
}

/** Whether a text is the code of a fault. */
export function isFaultCode(text: string): text is UpstreamFaultCode {
  return Object.hasOwn(texts, text);
}
