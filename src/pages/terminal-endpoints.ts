// Where terminals are logged in, on `auth_url`: pages with a button for the person, and answers in JSON for the program. A program's token
// opens none of the pages: what a person allows, they allow in their browser.
import { parseHost } from '../http/canonical-host.ts';
import { parseOpaqueTarget } from '../http/canonical-path.ts';
import { isSameOrigin } from '../http/client-kind.ts';
import { originOf } from '../http/origin-of.ts';
import { needsOf, parseNeeds } from '../identity/login/login-needs.ts';
import { parseVisitQuery } from '../identity/login/parse-visit-query.ts';
import { hashToken } from '../identity/opaque-token.ts';
import type { Session } from '../identity/sessions/session.ts';
import { parseClaim, parseGrant, parseLoopbackAsk } from '../identity/terminals/program-claim.ts';
import type { LoopbackAsk, TerminalAnswer } from '../identity/terminals/terminals.ts';
import type { Answer } from './answer.ts';
import type { Endpoint } from './endpoint.ts';
import { isOwnForm } from './is-own-form.ts';
import { ownRefusal } from './own-refusal.ts';
import type { PageContext } from './page-context.ts';
import { isAnswer, requirePerson } from './person-visit.ts';
import {
  renderDeviceAnswered,
  renderDeviceAsk,
  renderDeviceForm,
  renderDeviceOff,
  renderTerminalAnswered,
  renderTerminalAsk,
  renderTerminalSenseless,
} from './terminal-pages.ts';

/** A program asks again after this time, seconds (RFC 8628 section 3.2). */
const intervalSeconds = 5;
const deviceTimeSeconds = 300;

type Form = Readonly<Record<string, unknown>>;

/** The fields of a form, a doubled one being none. */
function fieldsOf(form: Form | null): { get(name: string): unknown } {
  return { get: (name) => form?.[name] };
}

function page(status: number, body: string): Answer {
  return { kind: 'page', status, body };
}

/** A form of a page of ours; `null`: of another site. */
async function readOwnForm(context: PageContext, readForm: () => Promise<Form | null>): Promise<Form | null> {
  if (!isOwnForm(context.request, originOf(context.settings, context.visit.host))) return null;
  return (await readForm()) ?? {};
}

function json(status: number, value: unknown): Answer {
  return { kind: 'json', status, value };
}

/** `GET` asks; `POST` is the answer, with what was asked. */
export const terminal: Endpoint = {
  GET: (context) => {
    const query = parseVisitQuery(context.visit.query) ?? new Map<string, string>();
    const [ask, needs] = [parseLoopbackAsk(query), parseNeeds(query)];
    if (ask === null || needs === null) return page(400, renderTerminalSenseless(context));
    const path = `/.bouncer/terminal${context.visit.query}`;
    const visit = requirePerson(context, path, { ...needs, isOtherAccount: false });
    return isAnswer(visit) ? visit : page(200, renderTerminalAsk(ask, visit, context));
  },
  POST: async (context, { terminals }, readForm) => {
    const form = await readOwnForm(context, readForm);
    if (form === null) return ownRefusal(context, 'cross-site-request');
    const ask: LoopbackAsk | null = parseLoopbackAsk(fieldsOf(form));
    const answer = answerIn(form);
    if (ask === null || answer === null) return page(400, renderTerminalSenseless(context));
    const visit = requirePerson(context, '/.bouncer/');
    if (isAnswer(visit)) return visit;
    const address = await terminals.answerLoopback(visit, ask, answer);
    return page(200, renderTerminalAnswered(address, answer, context));
  },
};

function answerIn({ answer }: Form): TerminalAnswer | null {
  return answer === 'allow' || answer === 'deny' ? answer : null;
}

/** Whatever stands in the address is not read: a code is typed, so that nobody is sent here with somebody else's. */
export const device: Endpoint = {
  GET: (context) => {
    if (!context.settings.hasDeviceLogin) return page(404, renderDeviceOff(context));
    const visit = requirePerson(context, '/.bouncer/device');
    return isAnswer(visit) ? visit : page(200, renderDeviceForm(null, context));
  },
  POST: async (context, { terminals }, readForm) => {
    if (!context.settings.hasDeviceLogin) return page(404, renderDeviceOff(context));
    const form = await readOwnForm(context, readForm);
    if (form === null) return ownRefusal(context, 'cross-site-request');
    const visit = requirePerson(context, '/.bouncer/device');
    if (isAnswer(visit)) return visit;
    const code = form['code'];
    if (typeof code !== 'string') return page(400, renderDeviceForm('wrong', context));
    const answer = answerIn(form);
    if (answer !== null) {
      const isDone = await terminals.answerDevice(visit, code, answer);
      return isDone
        ? page(200, renderDeviceAnswered(answer, context))
        : page(400, renderDeviceForm('wrong', context));
    }
    const found = await terminals.findDevice(visit, code);
    if (found === 'too-many') return page(429, renderDeviceForm(found, context));
    if (found === 'wrong') return page(400, renderDeviceForm(found, context));
    return page(200, renderDeviceAsk({ ask: found, code, visit }, context));
  },
};

/** Where programs learn, from any host, who logs people in for it. */
export const edge: Endpoint = {
  GET: ({ settings }) => json(200, { auth_url: settings.authUrl, device_login: settings.hasDeviceLogin }),
};

/** A page of another site is not a program: it would use up the codes and tries of whoever looks at it. */
export function isOfOtherSite({ request, settings }: PageContext): boolean {
  const isOfPage = request.origin !== undefined || request.secFetchSite !== undefined;
  return isOfPage && !isSameOrigin(request, settings.authUrl);
}

/** Device Authorization Request (RFC 8628 section 3.1). */
export const terminalDevice: Endpoint = {
  POST: async (context, { terminals }, readForm) => {
    if (!context.settings.hasDeviceLogin) return json(400, { error: 'unauthorized_client' });
    const claim = isOfOtherSite(context) ? null : parseClaim(fieldsOf(await readForm()));
    if (claim === null) return json(400, { error: 'invalid_request' });
    const issued = await terminals.beginDevice(context.visit, claim, context.facts.country);
    if (issued === null)
      return { ...json(429, { error: 'slow_down' }), headers: { 'Retry-After': String(deviceTimeSeconds) } };
    return json(200, {
      device_code: issued.deviceCode,
      user_code: issued.userCode,
      verification_uri: `${context.settings.authUrl}/.bouncer/device`,
      expires_in: deviceTimeSeconds,
      interval: intervalSeconds,
    });
  },
};

/** Access Token Request and Response (RFC 6749 section 5, RFC 8628 section 3.4). */
export const terminalToken: Endpoint = {
  POST: async (context, { terminals }, readForm) => {
    const { visit } = context;
    const grant = isOfOtherSite(context) ? null : parseGrant(fieldsOf(await readForm()));
    if (grant === null) return json(400, { error: 'invalid_request' });
    const redeemed = await terminals.redeem(visit, grant);
    if (redeemed.kind === 'refused') return json(400, { error: redeemed.error });
    const expiresIn = Math.max(0, Math.floor((redeemed.expiresAtMs - visit.nowMs) / 1000));
    return json(200, { access_token: redeemed.token, token_type: 'Bearer', expires_in: expiresIn });
  },
};

/** Who the program's person is, and where its token may go; `?for=ADDRESS&method=GET` besides: what a step-up must bring for that. */
export const terminalSession: Endpoint = {
  GET: (context) => {
    const session = terminalOf(context);
    if (session === null) return unknownTerminal(context);
    const { email, name, sub } = session.identity;
    return json(200, {
      auth_url: context.settings.authUrl,
      ...{ sub, email, name },
      expires_in: Math.max(0, Math.floor((session.expiresAtMs - context.visit.nowMs) / 1000)),
      hosts: openHosts(context),
      step_up: stepUpFor(context),
    });
  },
};

export const terminalLogout: Endpoint = {
  POST: async (context, { terminals }) => {
    const session = terminalOf(context);
    const presented = context.request.presented ?? null;
    if (session === null || presented?.kind !== 'token') return unknownTerminal(context);
    await terminals.end(session, context.visit, hashToken(presented.token));
    return { kind: 'empty', status: 204 };
  },
};

export function terminalOf({ visit }: PageContext): Session | null {
  const { holder } = visit;
  return holder?.kind === 'person' && holder.program?.kind === 'terminal' ? holder : null;
}

export function unknownTerminal({ visit }: PageContext): Answer {
  return {
    kind: 'json',
    status: 401,
    value: { error: 'invalid_token', request_id: visit.requestId },
    headers: { 'WWW-Authenticate': `Bearer realm="${visit.host}", error="invalid_token"` },
  };
}

/** The hosts of applications of which the person may get at least a part, as the rules name them. */
function openHosts({ rules, facts }: PageContext): readonly string[] {
  return rules.applications
    .filter(({ areas }) => areas.some((area) => area.decide(facts).outcome !== 'deny'))
    .flatMap(({ hosts }) => hosts);
}

/** What the person must still do before the token opens an address; `null`: nothing that a step-up would bring. */
function stepUpFor({ visit, rules, facts }: PageContext): Readonly<Record<string, string>> | null {
  const query = parseVisitQuery(visit.query);
  const [address, method] = [query?.get('for'), query?.get('method') ?? 'GET'];
  if (address === undefined || !URL.canParse(address) || !isMethodName(method)) return null;
  const { hostname, pathname, search } = new URL(address);
  const host = parseHost(hostname)?.host;
  const application = host === undefined ? null : rules.findApplication(host);
  const target = parseOpaqueTarget(pathname + search);
  if (application === null || 'problem' in target) return null;
  const area = application.selectArea(target);
  const decision = area === 'ambiguous' ? null : area.decide({ ...facts, method });
  return decision?.outcome === 'step_up' ? needsOf(decision.missing) : null;
}

function isMethodName(text: string): boolean {
  return /^[A-Z]{1,32}$/.test(text);
}
