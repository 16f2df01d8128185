// Where `bouncer share` begins and ends a share, on `auth_url`: answers in JSON for a terminal that a person logged in. A browser can do
// neither.
import { parseTypedAddress } from '../http/email-address.ts';
import { originOf } from '../http/origin-of.ts';
import { hashToken } from '../identity/opaque-token.ts';
import { mostNamed, type ShareOrder, type ShareRefusal, type Sharer } from '../sharing/shares.ts';
import type { Answer } from './answer.ts';
import type { Endpoint } from './endpoint.ts';
import type { PageContext } from './page-context.ts';
import { isOfOtherSite, terminalOf, unknownTerminal } from './terminal-endpoints.ts';

type Form = Readonly<Record<string, unknown>>;

const shortestMs = 60_000;

/** `with`: addresses, with commas between them. `port`, `key`; `for`: seconds, or absent; `letters`: `none`, or absent. */
export const share: Endpoint = {
  POST: async (context, { shares }, readForm) => {
    const sharer = sharerOf(context);
    if (sharer === null) return unknownTerminal(context);
    const order = parseOrder(isOfOtherSite(context) ? null : await readForm());
    if ('fault' in order) return json(400, { error: 'invalid_request', reason: order.fault });
    const begun = await shares.begin(sharer, order, context.visit.nowMs);
    if (begun.kind !== 'begun') return refusal(begun);
    const { name, host, expiresAtMs, addresses, pins, mailed } = begun;
    return json(200, {
      name,
      url: `${originOf(context.settings, host)}/`,
      expires_in: Math.max(0, Math.floor((expiresAtMs - context.visit.nowMs) / 1000)),
      ...{ addresses, pins, mailed },
    });
  },
};

export const shareEnd: Endpoint = {
  POST: async (context, { shares }, readForm) => {
    const sharer = sharerOf(context);
    if (sharer === null) return unknownTerminal(context);
    const name = isOfOtherSite(context) ? undefined : (await readForm())?.['name'];
    if (typeof name !== 'string') return json(400, { error: 'invalid_request', reason: 'no name' });
    return (await shares.end(sharer, name)) ? json(200, {}) : json(404, { error: 'no_such_share' });
  },
};

/** `null`: it is no terminal that asks. */
function sharerOf(context: PageContext): Sharer | null {
  const session = terminalOf(context);
  const { presented = null } = context.request;
  if (session === null || presented?.kind !== 'token') return null;
  const { ip, country } = context.facts;
  return { session, tokenHash: hashToken(presented.token), ip, country, language: context.visit.language };
}

function refusal(refused: ShareRefusal): Answer {
  switch (refused.kind) {
    case 'off':
      return json(404, { error: 'sharing_off' });
    case 'denied':
      return json(403, { error: 'not_allowed' });
    case 'step-up':
      // RFC 9470 section 3
      return json(401, { error: 'insufficient_user_authentication', step_up: refused.needs });
    case 'too-many':
      return json(429, { error: 'too_many', most: refused.most });
    default:
      return refused satisfies never;
  }
}

function parseOrder(form: Form | null): ShareOrder | { readonly fault: string } {
  const { with: named, port, key, for: seconds, letters } = form ?? {};
  if (typeof named !== 'string' || typeof port !== 'string' || typeof key !== 'string')
    return { fault: '`with`, `port` or `key` is missing' };
  const emails = [...new Set(named.split(',').map((text) => parseTypedAddress(text) ?? ''))];
  if (emails.length > mostNamed) return { fault: `more than ${mostNamed} people are named` };
  if (emails.includes('')) return { fault: 'what is named is not an e-mail address' };
  if (!/^[1-9][0-9]{0,4}$/.test(port) || Number(port) > 65_535) return { fault: 'that is not a port' };
  if (!/^[A-Za-z0-9_-]{43}$/.test(key)) return { fault: 'that is not a key' };
  if (seconds !== undefined && (typeof seconds !== 'string' || !/^[0-9]{1,9}$/.test(seconds)))
    return { fault: '`for` is not a number of seconds' };
  const forMs = seconds === undefined ? null : Number(seconds) * 1000;
  if (forMs !== null && forMs < shortestMs) return { fault: 'a share lasts a minute at least' };
  return {
    ...{ emails, port: Number(port), connectorKey: key, forMs },
    letters: letters === 'none' ? 'none' : 'wanted',
  };
}

function json(status: number, value: unknown): Answer {
  return { kind: 'json', status, value };
}
