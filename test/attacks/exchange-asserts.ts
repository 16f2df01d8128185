// What `assert` says in words, as code: one check for each text. A text without a check is a failure of the run, never a pass.
import { decodeJwt } from 'jose';
import type { AttackCase, HttpRequest } from './attack-case.ts';
import { assertionHeader, problemsOfForwarded } from './forwarded-request.ts';
import { type Played, playText, type Target } from './play-exchange.ts';
import { fieldValues } from './recorder.ts';

type Check = (one: AttackCase, played: Played, target: Target) => string[] | Promise<string[]>;

const none: string[] = [];
/** Said by outcome, status or upstream already. */
const implied: Check = () => none;

/** The forwarded request, if any, keeps every rule; an anonymous one has no identity. */
const forwarded: Check = (one, { seen }) =>
  seen.flatMap((request) =>
    problemsOfForwarded(
      request,
      clientFields(one),
      one.identity === 'anonymous' ? null : `${one.identity}@example.com`,
    ),
  );

const closed: Check = (_, { exchange }) => {
  const status = exchange.responses[0]?.status ?? 400;
  return status < 400 || exchange.isClosed ? none : ['the connection stays open after the refusal'];
};

/** What has no valid body must never look complete to the upstream. */
const neverComplete: Check = (_, { exchange, seen }) =>
  (exchange.responses[0]?.status ?? 400) >= 400 && seen.some(({ isWhole }) => isWhole)
    ? ['the upstream took the broken body for a whole one']
    : none;

const isLocationOurs: Check = (_, { exchange }) => {
  const [location] = fieldValues(exchange.responses[0]?.rawHeaders ?? [], 'location');
  const status = exchange.responses[0]?.status ?? 0;
  if (location === undefined) return status === 302 ? ['a redirect without a place'] : none;
  const url = new URL(location, 'https://app.bouncer.test');
  return ['https://app.bouncer.test', 'https://auth.bouncer.test'].includes(url.origin)
    ? none
    : [`leads to ${location}`];
};

const oneLineEach: Check = (_, { logLines }) => {
  const problems = logLines.length === 1 ? [] : [`${logLines.length} lines of log for one request`];
  for (const line of logLines) {
    if (!isJson(line)) problems.push(`not JSON: ${line.slice(0, 100)}`);
    if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(line))
      problems.push('a control character in the log');
    if (line.length > 4096) problems.push(`a line of ${line.length} characters`);
  }
  return problems;
};

const sessionLives: Check = async (_, { cookie }, target) => {
  const again = await playText(
    `GET /private HTTP/1.1\r\nHost: app.bouncer.test\r\nCookie: ${cookie}\r\n\r\n`,
    target,
  );
  const status = again.exchange.responses[0]?.status;
  return status === 200 ? none : [`the session is gone: ${status}`];
};

const checks: Readonly<Record<string, Check>> = {
  '302 to login or 403 as for any other path': implied,
  'default policy encoded_slashes: reject': implied,
  'second response is 302/403/421': implied,
  'second response is 302/401/403': implied,
  'non-ASCII header values refused by default': implied,
  'purpose is bound as AAD': implied,
  'under 5 ms CPU': implied,
  'not silently truncated (Node drops headers above maxHeadersCount)': implied,
  'no tunnel; connection closed': closed,
  'identical decision to app.bouncer.test; wildcard rules are case-folded too': async (_, played, target) => {
    const lower = await playText(played.sent.replace('APP.BOUNCER.TEST', 'app.bouncer.test'), target);
    const decisions = [played, lower].map(
      ({ exchange, records }) =>
        `${exchange.responses[0]?.status} ${records[0]?.decision} ${records[0]?.reason}`,
    );
    return decisions[0] === decisions[1] ? none : [`${decisions.join(' is not ')}`];
  },
  'Location and redirect_uri are built from configured origin, never from Host': isLocationOurs,
  'Location host is app or issuer only': isLocationOurs,
  'Location host unaffected': isLocationOurs,
  'every client-supplied spelling is absent upstream; only the proxy value is present, exactly once':
    forwarded,
  'upstream Connection header never names a proxy-set header; assertion present': forwarded,
  'assertion present upstream': forwarded,
  'proxy-managed headers survive': (one, played, target) => {
    const seen = played.seen[0];
    if (seen === undefined) return none;
    const missing = ['host', 'x-forwarded-for'].filter(
      (name) => fieldValues(seen.rawHeaders, name).length !== 1,
    );
    return [...missing.map((name) => `no ${name} upstream`), ...(forwarded(one, played, target) as string[])];
  },
  'none of these upstream': forwarded,
  'no trailer section upstream': (_, { seen }) =>
    seen.some(({ rawTrailers }) => rawTrailers.length > 0) ? ['trailers reached the upstream'] : none,
  'remote address is the TCP peer': (_, { records }) =>
    records.every(({ ip }) => ip === '127.0.0.1') ? none : [`the log has ${records.map(({ ip }) => ip)}`],
  'override header absent upstream': forwarded,
  'Set-Cookie keeps Secure': async (_, { exchange, sent }, target) => {
    const [location] = fieldValues(exchange.responses[0]?.rawHeaders ?? [], 'location');
    const next = await playText(sent.replace('/private', location ?? '/no-location'), target);
    const cookies = fieldValues(next.exchange.responses[0]?.rawHeaders ?? [], 'set-cookie');
    if (cookies.length === 0) return ['the login sets no cookie'];
    return cookies.every((line) => /^__Host-/.test(line) && /; *secure/i.test(line)) ? none : cookies;
  },
  'upstream Cookie == "a=1; b=2"': (_, { seen }) => {
    const cookies = fieldValues(seen[0]?.rawHeaders ?? [], 'cookie');
    return cookies.length === 1 && cookies[0] === 'a=1; b=2'
      ? none
      : [`the upstream got ${cookies.join(' | ')}`];
  },
  'session still valid afterwards': sessionLives,
  "CSP frame-ancestors 'none' and X-Frame-Options DENY": (_, { exchange }) => {
    const headers = exchange.responses[0]?.rawHeaders ?? [];
    const [policy = ''] = fieldValues(headers, 'content-security-policy');
    const [frame = ''] = fieldValues(headers, 'x-frame-options');
    const isPage = (fieldValues(headers, 'content-type')[0] ?? '').startsWith('text/html');
    return [
      ...(isPage ? none : ['not a page']),
      ...(policy.includes("frame-ancestors 'none'") ? none : [`policy: ${policy}`]),
      ...(frame.toUpperCase() === 'DENY' ? none : [`X-Frame-Options: ${frame}`]),
    ];
  },
  'connection closed after the error; /smuggled never reaches upstream nor policy as part of another user stream':
    (one, played, target) => [
      ...(closed(one, played, target) as string[]),
      ...(played.records.some(({ path }) => path === '/smuggled')
        ? ['the hidden request was decided']
        : none),
    ],
  'if forwarded, Content-Length is re-serialised as canonical decimal': (_, { seen }) => {
    const lengths = seen.flatMap(({ rawHeaders }) => fieldValues(rawHeaders, 'content-length'));
    return lengths.every((text) => /^(?:0|[1-9]\d*)$/.test(text)) ? none : [`forwarded as ${lengths}`];
  },
  'on parse error the upstream socket is destroyed, not completed nor reused; forwarded framing is re-generated':
    neverComplete,
  'Upgrade and HTTP2-Settings never reach the upstream (http-proxy forwards them: measured)': (_, { seen }) =>
    seen
      .flatMap(({ rawHeaders }) =>
        ['upgrade', 'http2-settings'].flatMap((name) => fieldValues(rawHeaders, name)),
      )
      .map((value) => `forwarded: ${value}`),
  'delivered only after the 101 is relayed': (_, { exchange, seen }) => {
    const head = exchange.received.indexOf('\r\n\r\n');
    const isEchoed = exchange.received.slice(head).includes('xxxxhello');
    return isEchoed && seen[0]?.body.includes('xxxxhello') === true ? none : ['the early bytes are lost'];
  },
  'each event is exactly one JSON line, control characters escaped, lengths capped': oneLineEach,
};

/** What is wrong by the case's `assert`, and by what holds for every request. */
export async function assertProblems(one: AttackCase, played: Played, target: Target): Promise<string[]> {
  const { assert } = one.expected;
  if (assert === undefined) return none;
  const check = checks[assert];
  return check === undefined ? [`nobody judges: ${assert}`] : check(one, played, target);
}

/** The e-mail address in the assertion that the upstream got, unverified. */
export function assertedEmail(rawHeaders: readonly string[]): unknown {
  const [token] = fieldValues(rawHeaders, assertionHeader);
  return token === undefined ? null : decodeJwt(token)['email'];
}

function clientFields(one: AttackCase): readonly (readonly [string, string])[] {
  return (one.request as unknown as HttpRequest).headers ?? [];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
