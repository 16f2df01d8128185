// Checks of single values: a text → what is wrong with it, or `null`. The schema hangs them on its fields.
import { canonicalHostOf } from '../http/canonical-host.ts';
import { isPlainValue, isToken } from '../http/header-name.ts';
import { headerProblem } from '../http/header-table.ts';
import { isLoopbackHost } from '../http/loopback-host.ts';
import { isDomain, parseEmailDomain } from '../rules/parse/check-values.ts';
import { parseTestMoment } from '../rules/parse/parse-time-window.ts';
import { durationHint, parseDuration, renderDuration } from '../source/parse-duration.ts';
import { regexHint } from '../source/plain-words.ts';
import { quote } from '../source/quote.ts';
import { listenHint, parseListen } from './parse-listen.ts';

/** What is wrong with one value. */
export interface Fault {
  readonly code: string;
  readonly reason: string;
  readonly hint?: string;
}

/** @param bounds the least and the longest duration that is taken, milliseconds */
export function checkDuration(
  text: string,
  bounds: { readonly min: number; readonly max: number },
): Fault | null {
  const milliseconds = parseDuration(text);
  if (milliseconds === null) {
    return { code: 'bad-duration', reason: `${quote(text)} is not a duration`, hint: durationHint };
  }
  if (milliseconds < bounds.min) {
    const hint = `at least \`${renderDuration(bounds.min)}\``;
    return { code: 'duration-too-short', reason: `${quote(text)} is too short`, hint };
  }
  if (milliseconds > bounds.max) {
    const hint = `at most \`${renderDuration(bounds.max)}\``;
    return { code: 'duration-too-long', reason: `${quote(text)} is too long`, hint };
  }
  return null;
}

export function checkListen(text: string): Fault | null {
  if (parseListen(text) !== null) return null;
  const port = /^[:*]*:?(\d{1,5})$/.exec(text)?.[1];
  const hint =
    port === undefined
      ? listenHint
      : `name the address too: \`127.0.0.1:${port}\`, or \`[::]:${port}\` for all of them`;
  return { code: 'bad-address', reason: `${quote(text)} is not an address to listen on`, hint };
}

/** A TCP address: a connector is never on this machine's own socket. */
export function checkTunnelListen(text: string): Fault | null {
  const address = parseListen(text);
  if (address?.kind === 'tcp') return null;
  if (address === null) return checkListen(text);
  return {
    code: 'bad-address',
    reason: `${quote(text)} is not an address that connectors can reach`,
    hint: 'for example `[::]:7844`',
  };
}

/** A TCP address: a Unix socket tells of nobody whether they are in `trusted_proxies`. */
export function checkProxiedListen(text: string): Fault | null {
  const address = parseListen(text);
  if (address?.kind === 'tcp') return null;
  if (address === null) return checkListen(text);
  return {
    code: 'bad-address',
    reason: `${quote(text)} is a Unix socket, where nobody has an address that \`trusted_proxies\` could name`,
    hint: 'for example `127.0.0.1:8443`',
  };
}

/** `host:port`, as others reach it. */
export function checkEdgeAddress(text: string): Fault | null {
  const address = parseListen(text);
  const isAny = address?.kind === 'tcp' && ['0.0.0.0', '::'].includes(address.host);
  if (address?.kind === 'tcp' && address.port !== 0 && !isAny && text.length <= 200) return null;
  return {
    code: 'bad-address',
    reason: `${quote(text)} is not a host and a port`,
    hint: 'how connectors reach this bouncer from outside: `edge1.example.com:7844`',
  };
}

/** A name that others can lie below. */
export function checkShareDomain(text: string): Fault | null {
  const name = text.toLowerCase();
  // Four words and their dots go before it (RFC 1035 section 2.3.4).
  if (isDomain(name) && name.includes('.') && name.length <= 200 && !/(^|\.)\d+$/.test(name)) return null;
  return {
    code: 'bad-domain',
    reason: `${quote(text)} is not a domain`,
    hint: /^(\*\.|https?:)/.test(name) ? 'write the domain alone' : 'for example `example-share.com`',
  };
}

/** What stands in a header of every request to an application. Never quoted. */
export function checkHeaderSecret(text: string): Fault | null {
  if (isPlainValue(text) && text.trim() === text && text !== '') return null;
  return {
    code: 'bad-header-value',
    reason: 'the secret cannot be a header\u2019s value',
    hint: 'visible ASCII in one line, without spaces around it',
  };
}

/** One short line. */
export function checkBrandName(text: string): Fault | null {
  if (text.trim() !== '' && text.length <= 40 && !/[\u0000-\u001f\u007f]/.test(text)) return null;
  return {
    code: 'bad-name',
    reason: `${quote(text)} is not a name for a page`,
    hint: 'one line of at most 40 characters',
  };
}

/** As in CSS, so that it can be copied from there: red, green and blue in hexadecimal. */
export function checkBrandColor(text: string): Fault | null {
  if (/^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text)) return null;
  return {
    code: 'bad-color',
    reason: `${quote(text)} is not a colour`,
    hint: 'red, green and blue in hexadecimal, in quotation marks: `"#0a4fd6"`',
  };
}

/** A date and a time of day; UTC where it says no other zone. */
export function checkMoment(text: string): Fault | null {
  const moment = parseTestMoment(text);
  if (moment.ok) return null;
  const { code, reason } = moment.complaint;
  return { code, reason, hint: 'such as `2026-12-31T18:00:00Z`' };
}

/** What of it is reachable from elsewhere is checked together with `management_from`. */
export function checkManagement(text: string): Fault | null {
  return checkListen(text);
}

/** A host without a port, as it stands in `Host`. */
export function checkManagementName(text: string): Fault | null {
  if (canonicalHostOf(text) !== null) return null;
  return {
    code: 'bad-host',
    reason: `${quote(text)} is not a host`,
    hint: 'write the name alone, without scheme and port',
  };
}

/** `https://host[:port]` and nothing behind it. `http` only where the wire does not leave the machine. */
export function checkAuthUrl(text: string): Fault | null {
  const url = checkWebUrl(text, ({ host }) => `https://${host}`);
  if ('code' in url) return url;
  const origin = url.origin;
  if (url.pathname !== '/' || /[?#]/.test(text)) {
    return {
      code: 'not-an-origin',
      reason: `${quote(text)} is more than an origin`,
      hint: `write ${quote(origin)}`,
    };
  }
  return null;
}

/** OpenID Connect Core section 2: an issuer has a path at most, no query and no fragment. */
export function checkIssuer(text: string): Fault | null {
  const url = checkWebUrl(text, () => `https:${text.slice('http:'.length)}`);
  if ('code' in url) return url;
  if (/[?#]/.test(text)) {
    const hint = `write ${quote(text.replace(/[?#].*$/, ''))}`;
    return { code: 'bad-issuer', reason: 'an issuer has no query and no fragment', hint };
  }
  if (text.includes('/.well-known/')) {
    const hint = `write ${quote(text.replace(/\/\.well-known\/.*$/, ''))}`;
    return { code: 'bad-issuer', reason: 'this is the discovery document, not the issuer', hint };
  }
  return null;
}

/** @param encrypt what to write in place of an `http:` address */
function checkWebUrl(text: string, encrypt: (url: URL) => string): URL | Fault {
  const hint = regexHint(text) ?? 'write it like `https://login.example.com`';
  const bad: Fault = { code: 'bad-url', reason: `${quote(text)} is not a web address`, hint };
  if (/^https?:\/\/[^/?#]*@/i.test(text)) {
    return {
      code: 'url-with-password',
      reason: 'a web address with a user name or password',
      hint: 'delete the part up to the `@`',
    };
  }
  if (!/^https?:\/\/[^\s\\/?#@]+(?:[/?#][^\s\\]*)?$/i.test(text) || !URL.canParse(text)) {
    const withScheme = `https://${text}`;
    const isBare = /^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?\/?$/i.test(text);
    return isBare ? { ...bad, hint: `write ${quote(withScheme)}` } : bad;
  }
  const url = new URL(text);
  if (url.hostname.includes('*') || url.hostname.endsWith('.')) return bad;
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    const reason = `${quote(text)} is not encrypted`;
    const only = 'http is taken for loopback addresses and `*.localhost` only';
    return { code: 'not-https', reason, hint: `write ${quote(encrypt(url))}: ${only}` };
  }
  return url;
}

/** RFC 9110 section 5.1: a field name is a token. */
export function checkHeaderName(text: string): Fault | null {
  if (isToken(text)) return null;
  const hint = regexHint(text) ?? 'letters, digits and `-`, such as `X-Forwarded-For`';
  return { code: 'bad-header-name', reason: `${quote(text)} is not a header name`, hint };
}

export function checkAddressHeader(text: string): Fault | null {
  if (text.toLowerCase() !== 'forwarded') return checkHeaderName(text);
  const reason = 'the header `Forwarded` is not understood';
  return { code: 'unsupported-header', reason, hint: 'let the proxy write `X-Forwarded-For`' };
}

/** The assertion's header is set on every request to an application: it may not be one that means something else. */
export function checkAssertionHeader(text: string): Fault | null {
  const fault = checkHeaderName(text);
  if (fault !== null) return fault;
  const problem = headerProblem(text, 'assertion');
  if (problem === null) return null;
  const { code, reason, hint } = problem;
  return { code, reason: `the header ${quote(text)} ${reason}`, ...(hint === null ? {} : { hint }) };
}

export function checkProviderId(text: string): Fault | null {
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/.test(text)) return null;
  const hint = regexHint(text) ?? 'lower-case letters, digits, `-` and `_`, at most 63';
  return { code: 'bad-id', reason: `${quote(text)} is not an id`, hint };
}

export function checkIssuerName(text: string): Fault | null {
  return checkProviderId(text);
}

/** RFC 7519 section 4.1.3: one text. A list of them would be several parties, each of which could pass a token on. */
export function checkAudience(text: string): Fault | null {
  if (/^[\x21-\x7e]{1,255}$/.test(text)) return null;
  return {
    code: 'bad-audience',
    reason: `${quote(text)} is not an audience`,
    hint: 'visible ASCII without spaces, such as `https://auth.example.com`',
  };
}

/** RFC 6749 section 3.3 */
export function checkScope(text: string): Fault | null {
  if (/^[\x21\x23-\x5B\x5D-\x7E]+$/.test(text)) return null;
  const hint = /\s/.test(text) ? 'write each scope as an item of its own' : undefined;
  return {
    code: 'bad-scope',
    reason: `${quote(text)} is not a scope`,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** As the `email_domain` selector takes it. */
export function checkEmailDomain(text: string): Fault | null {
  const checked = parseEmailDomain(text);
  if (checked.ok) return null;
  const { code = 'bad-domain', reason, hint } = checked.complaint;
  return { code, reason, ...(hint === undefined || hint === null ? {} : { hint }) };
}

/** A group's name, or how the names of groups begin with a `*` behind it. */
export function checkGroupPattern(text: string): Fault | null {
  const bad = (reason: string, hint: string): Fault => ({ code: 'bad-group-pattern', reason, hint });
  if (text === '*') return bad('`*` is every group', 'delete `groups`, or name what the groups begin with');
  if (!text.slice(0, -1).includes('*')) return null;
  return bad(`${quote(text)} has a \`*\` that is not at its end`, 'for example `acme/*`');
}

/** The name of an organisation at GitHub, as it stands in its address. */
export function checkOrganization(text: string): Fault | null {
  if (/^[a-z0-9][a-z0-9_-]{0,38}$/i.test(text)) return null;
  const [name = '', team] = text.split('/', 2);
  const hint =
    team === undefined
      ? 'the name in its address: `acme` of `https://github.com/acme`'
      : `write ${quote(name)}: its teams come with it, and rules name them by \`group: ${text.slice(0, 80)}\``;
  return { code: 'bad-organization', reason: `${quote(text)} is not an organisation`, hint };
}

/** 32 bytes in base64, base64url or hexadecimal; the text itself is never quoted. */
export function checkMasterKey(text: string): Fault | null {
  if (parseMasterKey(text) !== null) return null;
  const reason = 'the key is not 32 bytes in base64';
  return { code: 'bad-master-key', reason, hint: 'make one with `openssl rand -base64 32`' };
}

/** @returns the 32 bytes; `null` for anything else, and for what nobody made by chance */
export function parseMasterKey(text: string): Uint8Array | null {
  const isHex = /^[0-9a-fA-F]{64}$/.test(text);
  if (!isHex && !/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return null;
  const bytes = Buffer.from(text, isHex ? 'hex' : 'base64');
  return bytes.length === 32 && new Set(bytes).size > 8 ? bytes : null;
}
