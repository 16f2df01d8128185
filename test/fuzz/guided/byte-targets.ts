// What a coverage-guided fuzzer feeds with bytes: each target reads them as an attacker would send them, and throws when something does
// not hold. No test library here: the fuzzer takes each for a program of its own.
import { parseProxyHeader } from '../../../src/front/parse-proxy-header.ts';
import { canonicalIp } from '../../../src/http/client-address.ts';
import { foreignCookies, forgetCookies } from '../../../src/http/foreign-cookies.ts';
import { checkRequestHead } from '../../../src/http/gate.ts';
import { isOwnCookieName, ownCookiesOf, withoutOwnCookies } from '../../../src/http/own-cookie.ts';
import { parsePresented, withoutTokens } from '../../../src/http/own-token.ts';
import { parseKeySet } from '../../../src/identity/oidc/key-set.ts';
import { checkTokenShape, publicKeyAlgorithms } from '../../../src/identity/oidc/token-shape.ts';
import { isSecretShaped } from '../../../src/identity/tokens/service-secret.ts';
import { FrameFollower } from '../../../src/upstream/web-socket-frames.ts';
import { readResponse } from '../../upstream/parsed-response.ts';

export type ByteTarget = (data: Uint8Array) => void;

function hold(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(`does not hold: ${what}`);
}

const limits = { headerBytes: 16_384, cookieBytes: 65_536, headerCount: 100, urlBytes: 8192 };

/** Bytes as the lines of a head; names and values as node:http would hand them over. */
function front(data: Uint8Array): void {
  const [start = '', ...lines] = Buffer.from(data).toString('latin1').split('\n');
  const [method = '', url = ''] = start.split(' ');
  const rawHeaders = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, Math.max(0, colon)), line.slice(colon + 1).trim()];
  });
  const result = checkRequestHead({ method, url, httpVersion: '1.1', rawHeaders }, limits);
  if (!result.ok) {
    hold(result.refusal.status >= 400, 'a refusal has a status');
    return;
  }
  const { request } = result;
  hold(/^[a-z0-9.[\]:_-]+$/.test(request.host), 'a host is canonical');
  hold(request.target.path.startsWith('/'), 'a path begins at the root');
  hold(!/[\0-\x20\x7f]/.test(request.target.path), 'a path has no controls and blanks');
  hold(`/${url}`.endsWith(request.target.path + request.target.query), 'a path is passed as it was sent');
  const cookie = request.oversizedCookies ?? request.cookie ?? '';
  const passed = withoutOwnCookies(cookie) ?? '';
  hold(!/(?:^|;)[ \t]*(?:__Host-)?bouncer_session=/.test(passed), 'no session goes to an application');
  const names = foreignCookies(cookie).map(({ name }) => name);
  hold(!names.some(isOwnCookieName), 'no cookie of ours is called foreign');
  const { setCookies } = forgetCookies(names, {
    host: request.host,
    path: request.target.path,
    scheme: 'https',
  });
  for (const value of setCookies) {
    hold(!/[\r\n\0]/.test(value) && value.includes('Max-Age=0'), 'what deletes a cookie is one field');
    hold(!isOwnCookieName(value.slice(0, value.indexOf('='))), 'no cookie of ours is deleted');
  }
  hold((ownCookiesOf(cookie) ?? '').length <= cookie.length, 'own cookies are a part');
}

/** What an application sends, in pieces whose ends the first byte says; and the frames of a WebSocket. */
function transport(data: Uint8Array): void {
  const cut = data[0] ?? 0;
  const bytes = Buffer.from(data.subarray(1));
  const whole = readResponse([bytes]);
  const at = Math.min(bytes.length, cut);
  const pieces = readResponse([bytes.subarray(0, at), bytes.subarray(at)]);
  hold((whole.fault === null) === (pieces.fault === null), 'pieces make no difference to a fault');
  if (whole.fault === null) {
    hold(JSON.stringify(whole) === JSON.stringify(pieces), 'pieces make no difference');
    for (const [index, text] of [...whole.fields, ...whole.trailers].entries())
      hold(
        index % 2 === 0 ? /^[!#-'*+.^_`|~0-9A-Za-z-]+$/.test(text) : !/[\r\n\0]/.test(text),
        'fields can be passed on',
      );
  }
  const [once, twice] = [new FrameFollower(), new FrameFollower()];
  once.follow(bytes);
  twice.follow(bytes.subarray(0, at));
  twice.follow(bytes.subarray(at));
  hold(once.isBetween === twice.isBetween && once.isClosed === twice.isClosed, 'frames end where they end');
}

/** Texts that claim to be tokens, credentials or keys. */
function tokens(data: Uint8Array): void {
  const text = Buffer.from(data).toString('latin1');
  const token = checkTokenShape(text, [...publicKeyAlgorithms], ['jwt']);
  if (token !== null) {
    hold(/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text), 'a token has three parts of base64url');
    hold(typeof token.claims === 'object' && token.claims !== null, 'claims are an object');
  }
  const presented = parsePresented({ authorization: text, bouncerToken: text } as never);
  if (presented?.kind === 'token' && presented.way === 'bearer')
    hold(/^bearer /i.test(text), 'a bearer says so');
  hold(!withoutTokens(text).match(/bnc_[sup]_[0-9A-Za-z]{49}/), 'no token is left in a text');
  if (isSecretShaped(text)) hold(text.startsWith('bnc_'), 'a secret is one of ours');
  try {
    parseKeySet(JSON.parse(text));
  } catch (error) {
    hold(error instanceof Error, 'what is refused is an error');
  }
}

/** The start of a connection that a load balancer passes on, in pieces whose ends the first byte says. */
function proxied(data: Uint8Array): void {
  const bytes = Buffer.from(data.subarray(1));
  const whole = parseProxyHeader(bytes);
  const part = parseProxyHeader(bytes.subarray(0, data[0] ?? 0));
  hold(
    part.kind === 'incomplete' || JSON.stringify(part) === JSON.stringify(whole),
    'pieces say nothing else than the whole',
  );
  if (whole.kind !== 'header') return;
  hold(whole.length <= bytes.length, 'a header that is read is there');
  const { client } = whole;
  hold(typeof client === 'string' || canonicalIp(client.address) !== null, 'an address is one');
}

export const byteTargets: Readonly<Record<string, ByteTarget>> = { front, proxied, transport, tokens };
