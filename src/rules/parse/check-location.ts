// Hosts, paths, origins and upstream addresses of a rules file. Each is in the one form that requests are compared with, or refused
// with that form as a hint.
import { isIP } from 'node:net';
import { parseTunnelAddress, tunnelNameHint, tunnelScheme } from '../../http/tunnel-address.ts';
import { quote } from '../../source/quote.ts';
import type { UpstreamAddress } from '../model/compiled-rules.ts';
import type { RulesContext } from '../model/rules-set.ts';
import { asciiHint, isDomain, patternHint } from './check-values.ts';
import { accept, type Checked, refuse } from './problem-reporter.ts';

/** Checks an application's host: a name in lower case, `*.` and a name, or an address in URL form. */
export function parseApplicationHost(text: string): Checked<string> {
  const bad = (reason: string, hint?: string | null) => refuse('bad-host', `${quote(text)} ${reason}`, hint);
  const name = text.startsWith('*.') ? text.slice(2) : text;
  if (isDomain(name.replaceAll('_', 'a')) && !/(^|\.)(\d+|0x[0-9a-f]*)$/.test(name)) return accept(text);
  if (isIP(text) === 4 || (/^\[.*\]$/.test(text) && isIP(text.slice(1, -1)) === 6 && isCanonicalIpv6(text))) {
    return accept(text);
  }
  const fixed = fixHost(text);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    return bad('is a URL', fixed === null ? null : `write \`${fixed}\``);
  if (/:\d+$/.test(text)) {
    return bad('has a port', `write \`${text.replace(/:\d+$/, '')}\`: the port is that of \`auth_url\``);
  }
  if (text.includes('/')) return bad('has a path', 'write the host alone, and paths under `paths`');
  const pattern = text.includes('*') ? null : patternHint(text);
  if (pattern !== null) return bad('is not a host name', pattern);
  if (text.includes('*'))
    return bad('is not a host name', 'a wildcard is `*.` and a name: it stands for one label');
  if (text !== text.toLowerCase()) return bad('has capital letters', `write \`${text.toLowerCase()}\``);
  if (text.endsWith('.')) return bad('ends with a dot', `write \`${text.slice(0, -1)}\``);
  return bad('is not a host name', asciiHint(text) ?? 'for example `wiki.example.com`');
}

function isCanonicalIpv6(text: string): boolean {
  return URL.canParse(`http://${text}/`) && new URL(`http://${text}/`).hostname === text;
}

function fixHost(text: string): string | null {
  return URL.canParse(text) ? new URL(text).hostname || null : null;
}

/** What a path of rules may hold as it is (RFC 3986 section 3.3), without `;`, which some readers take for the end. */
const segmentPattern = /^[A-Za-z0-9._~!$&'()+,=:@-]+$/;

/** Checks a path of an application. @returns it without a `/` at its end */
export function parsePath(text: string): Checked<string> {
  const bad = (reason: string, hint?: string | null) => refuse('bad-path', `${quote(text)} ${reason}`, hint);
  if (!text.startsWith('/')) {
    return bad(
      'does not begin with `/`',
      patternHint(text) ?? `write \`/${text.replace(/^https?:\/\/[^/]*\/?/, '')}\``,
    );
  }
  const path = text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text;
  if (path === '/' || path === '') {
    return bad('is the whole application', "the application's own policies decide for it");
  }
  if (/[?#]/.test(path)) return bad('has a query or fragment', 'only the path is compared');
  if (/\*/.test(path)) return bad('has a `*`', 'a path stands for itself and everything below it');
  const segments = path.slice(1).split('/');
  if (segments.includes(''))
    return bad('has an empty segment', `write \`/${segments.filter(Boolean).join('/')}\``);
  if (segments.includes('.') || segments.includes('..')) {
    return bad('has dot segments', `write \`${new URL(path, 'http://x').pathname}\``);
  }
  if (segments.some((segment) => segment.endsWith('.'))) return bad('has a segment that ends with a dot');
  if (path.toLowerCase() === '/.bouncer' || path.toLowerCase().startsWith('/.bouncer/')) {
    return bad('belongs to bouncer', 'nothing under `/.bouncer/` reaches an application');
  }
  if (path.includes('%')) {
    const canonical = canonicalEncoding(path);
    if (canonical === path) return accept(path);
    return bad(
      'has needless or ambiguous percent-encoding',
      canonical === null ? null : `write \`${canonical}\``,
    );
  }
  if (segments.every((segment) => segmentPattern.test(segment))) return accept(path);
  const encoded = /[^\u0000-\u007F ]| /.test(path) ? canonicalEncoding(path) : null;
  return bad(
    'has characters that a path cannot hold',
    encoded === null ? (patternHint(text) ?? 'letters, digits and `-._~`') : `write \`${encoded}\``,
  );
}

/** The path with exactly those bytes encoded that must be, in capital letters; `null` when a byte is ambiguous either way. */
function canonicalEncoding(path: string): string | null {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path.replaceAll(/%(?![0-9A-Fa-f]{2})/g, '%25'));
  } catch {
    return null;
  }
  if (
    decoded.split('/').length !== path.split('/').length ||
    /[\\%;?#\u0000-\u001F\u007F]|\/\.{1,2}(\/|$)/.test(decoded)
  )
    return null;
  return decoded.replaceAll(/[^A-Za-z0-9._~!$&'()+,=:@/-]+/gu, (part) =>
    encodeURIComponent(part).replaceAll('*', '%2A'),
  );
}

/** Checks an origin (RFC 6454 section 6.2), as in `allowed_origins`. */
export function parseOrigin(text: string): Checked<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) {
    if (url.origin === text) return accept(text);
    return refuse('bad-origin', `${quote(text)} is not an origin`, `write \`${url.origin}\``);
  }
  return refuse('bad-origin', `${quote(text)} is not an origin`, 'for example `https://other.example.com`');
}

/** Checks the address of an application's own server. @param context `baseDir`: absolute; where a relative socket path starts */
export function parseUpstream(
  text: string,
  { baseDir, hasTunnels }: Pick<RulesContext, 'baseDir' | 'hasTunnels'>,
): Checked<UpstreamAddress> {
  const bad = (reason: string, hint?: string | null) =>
    refuse('bad-upstream', `${quote(hideCredentials(text))} ${reason}`, hint);
  if (text === 'forward_auth') return bad('stands alone', 'write `upstream: forward_auth`, or addresses');
  if (text.startsWith(tunnelScheme)) {
    const address = parseTunnelAddress(text);
    if (address === null)
      return bad('is not a tunnel and a service', `write \`tunnel:office/wiki\`: ${tunnelNameHint}`);
    if (hasTunnels === false)
      return bad(
        'is behind a tunnel, and the settings have none',
        'add `tunnel:` with `listen` and `addresses` to the settings',
      );
    return accept({ kind: 'tunnel', ...address, text });
  }
  if (text.startsWith('unix:')) {
    const path = text.slice(5).replace(/^\/\/(?=\/)/, '');
    if (path === '' || path.startsWith('//'))
      return bad('is not a socket', 'for example `unix:/run/app.sock`');
    const absolute = resolveFile(path, baseDir);
    return accept({ kind: 'unix', path: absolute, text: `unix:${absolute}` });
  }
  const example = 'for example `http://127.0.0.1:8090`';
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    // A number alone is the port of something on this machine.
    const withScheme = /^\d+$/.test(text) ? `http://127.0.0.1:${text}` : `http://${text}`;
    return bad(
      'has no scheme',
      URL.canParse(withScheme) && !/\s/.test(text) ? `did you mean \`${withScheme}\`?` : example,
    );
  }
  if (/[\s\\]/.test(text) || !URL.canParse(text)) return bad('is not a URL', example);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return bad('has an unknown scheme', 'upstreams are `http:`, `https:`, `unix:` or `tunnel:`');
  }
  if (url.username !== '' || url.password !== '') {
    return bad(
      'has credentials',
      'set an `Authorization` header under `request_headers` if the application needs one',
    );
  }
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(text))
    return bad('has a query or fragment', `write \`${url.origin}\``);
  if (url.pathname !== '/') {
    return bad('has a path', `write \`${url.origin}\`: the path of a request goes to the upstream as it is`);
  }
  const isTls = url.protocol === 'https:';
  return accept({
    kind: 'tcp',
    isTls,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    text: url.origin,
  });
}

function hideCredentials(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//…@');
}

/** An absolute path for a file name in rules. @param baseDir absolute; where a relative name starts */
export function resolveFile(path: string, baseDir: string): string {
  if (path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)) return path;
  const parts = baseDir.replace(/\/+$/, '').split('/');
  for (const part of path.split('/')) {
    if (part === '..') {
      if (parts.length > 1) parts.pop();
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
