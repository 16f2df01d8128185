// Which header fields a rules file may set or remove. Refuses those that bouncer answers for.
import { listWords } from '../source/plain-words.ts';
import { quote } from '../source/quote.ts';
import { accept, type Checked, refuse } from './spot.ts';

/** Framing, hop-by-hop (RFC 9110 section 7.6.1) and routing. */
const owned = new Set([
  ...[
    'connection',
    'keep-alive',
    'proxy-connection',
    'proxy-authenticate',
    'proxy-authorization',
    'te',
    'trailer',
  ],
  ...['transfer-encoding', 'upgrade', 'content-length', 'host', 'expect', 'http2-settings', 'via'],
]);

/** What upstreams believe about where a request came from, or what it really is. Always bouncer's or nobody's. */
const forwarded = new Set([
  ...[
    'forwarded',
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-host',
    'x-forwarded-port',
    'x-forwarded-server',
  ],
  ...[
    'x-forwarded-prefix',
    'x-forwarded-ssl',
    'x-forwarded-scheme',
    'x-real-ip',
    'x-client-ip',
    'x-cluster-client-ip',
  ],
  ...[
    'true-client-ip',
    'cf-connecting-ip',
    'x-request-id',
    'x-original-url',
    'x-rewrite-url',
    'x-original-uri',
  ],
  ...['x-http-method-override', 'x-http-method', 'x-method-override'],
]);

const websocket = /^sec-websocket-/;

/** `X_Forwarded.For` and `x-forwarded-for` are one name to some readers. */
export function foldHeaderName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-');
}

export type HeaderUse = 'identity' | 'request-set' | 'request-remove' | 'response-set' | 'response-remove';

/** Checks the name of a header field (RFC 9110 section 5.1). @returns it as written */
export function parseHeaderName(name: string, use: HeaderUse): Checked<string> {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    return refuse('bad-header-name', `${quote(name)} is no header name`, 'letters, digits and `-`');
  }
  const folded = foldHeaderName(name);
  const no = (reason: string, hint?: string) => refuse('header-not-yours', `${quote(name)} ${reason}`, hint);
  if (folded === 'x-bouncer' || folded.startsWith('x-bouncer-')) {
    return no('belongs to bouncer', 'names that begin with `X-Bouncer-` are never set or removed by rules');
  }
  if (owned.has(folded) || websocket.test(folded)) {
    const hint = folded === 'host' ? 'see `host_header` in `upstream_options`' : undefined;
    return no('belongs to the connection, which bouncer makes', hint);
  }
  if (!use.startsWith('response') && forwarded.has(folded)) {
    return no('is set by bouncer, or removed', 'applications must be able to believe it');
  }
  if (folded === 'cookie') return no('cannot be changed');
  if (folded === 'set-cookie' && use !== 'response-remove') return no('cannot be set');
  if (use === 'identity' && folded === 'authorization') {
    return no('would look like a credential', `for example ${listWords(['X-Forwarded-Email'])}`);
  }
  return accept(name);
}

/** Checks a value (RFC 9110 section 5.5): visible ASCII, spaces and tabs inside. */
export function parseHeaderValue(value: string): Checked<string> {
  if (/^[\t\u0020-\u007E]*$/.test(value) && value.trim() === value) return accept(value);
  return refuse(
    'bad-header-value',
    `${quote(value)} cannot be a header's value`,
    'visible ASCII, without spaces around it',
  );
}
