// The table of bouncer's own endpoints: exact path, exact method, what answers. Nothing here reads a URL; the gate did.

import { isPageNavigation } from '../http/client-kind.ts';
import { isDialectPath } from '../http/dialects.ts';
import { originOf } from '../http/origin-of.ts';
import { accessPath, approvalsPath } from '../identity/access/access-paths.ts';
import { formPath } from '../identity/forms/kept-forms.ts';
import { sessionsPath } from '../identity/login/begin-login.ts';
import { tokensPath } from '../identity/login/issue-personal-token.ts';
import type { LoginStep, Visit } from '../identity/login/login-step.ts';
import { passkeyPath } from '../identity/login/passkey-page.ts';
import { accessPage, approvals } from './access-endpoints.ts';
import type { Answer } from './answer.ts';
import { answerDeletion, cookiesPath, renderCookies } from './cookie-page.ts';
import { describeIdentity } from './describe-identity.ts';
import { dialectEndpoints } from './dialect-endpoints.ts';
import type { Endpoint } from './endpoint.ts';
import { discardForm, discardPath, keptForm } from './form-endpoint.ts';
import { isOwnForm } from './is-own-form.ts';
import { answerStep } from './login-pages.ts';
import { logoPath } from './logo-address.ts';
import { logo } from './logo-endpoint.ts';
import { mail } from './mail-endpoint.ts';
import { mailPath } from './mail-page.ts';
import { ownRefusal } from './own-refusal.ts';
import type { PageContext } from './page-context.ts';
import { loggedIn, loggedInPath, popUpModulePath, popUpScript } from './pop-up.ts';
import { sessions } from './sessions-endpoint.ts';
import { share, shareEnd } from './share-endpoints.ts';
import { renderStart } from './start-page.ts';
import {
  device,
  edge,
  terminal,
  terminalDevice,
  terminalLogout,
  terminalSession,
  terminalToken,
} from './terminal-endpoints.ts';
import { tokensPage } from './token-endpoint.ts';

const start: Endpoint = { GET: (context) => ({ kind: 'page', status: 200, body: renderStart(context) }) };

const certs: Endpoint = {
  GET: (context, { assertions }) => ({
    kind: 'json',
    status: 200,
    value: assertions.jwks(context.visit.nowMs),
    // A new key is published long before it signs, so five minutes are never too old.
    headers: {
      'Cache-Control': 'public, max-age=300',
      'Access-Control-Allow-Origin': '*',
      'Cross-Origin-Resource-Policy': 'cross-origin',
    },
  }),
};

const logout: Endpoint = {
  GET: async (context, { logins }) => {
    if (!isPageNavigation(context.request))
      return ownRefusal(context, 'method-not-allowed', { Allow: 'POST' });
    const { settings, visit } = context;
    // What is asked of the store only where it must be: this page is there without it.
    const isPlain = settings.logout === 'at_once' && !visit.query.includes('request=');
    return answerStep(isPlain ? logoutStepHere(visit) : await logins.askLogout(visit), context);
  },
  POST: async (context, { logins }, readForm) => {
    const { request, settings, visit, isAuthHost } = context;
    const origin = originOf(settings, visit.host);
    if (!isOwnForm(request, origin)) return ownRefusal(context, 'cross-site-request');
    const isAsked = settings.logout === 'confirm' && !isAuthHost && visit.session !== null;
    if (isAsked && !isPageNavigation({ ...request, method: 'GET' }))
      return ownRefusal(context, 'logout-unconfirmed', {}, { logout_url: `${origin}/.bouncer/logout` });
    return answerStep(await logins.logout(visit, isAuthHost ? await readForm() : null), context);
  },
};

/** Where the same host asks and answers. */
function logoutStepHere({ session, application }: Visit): LoginStep {
  if (session === null) return { kind: 'signed-out', setCookies: [] };
  return {
    kind: 'ask-logout',
    person: session.identity.email ?? session.identity.name,
    request: null,
    stayHref: application === null ? '/.bouncer/' : '/',
    setCookies: [],
  };
}

const backchannelLogout: Endpoint = {
  POST: async (context, { logins }, readForm) => {
    const form = await readForm();
    const token = form?.['logout_token'];
    const isAccepted =
      typeof token === 'string' && (await logins.backchannelLogout(token, context.visit.nowMs));
    // OpenID Connect Back-Channel Logout 1.0 section 2.8
    return isAccepted
      ? { kind: 'empty', status: 200 }
      : { kind: 'json', status: 400, value: { error: 'invalid_request' } };
  },
};

const code: Endpoint = {
  GET: async (context, { logins }) => answerStep(await logins.showCode(context.visit), context),
  POST: async (context, { logins }, readForm) =>
    isOwnForm(context.request, originOf(context.settings, context.visit.host))
      ? answerStep(await logins.takeCode(context.visit, await readForm()), context)
      : ownRefusal(context, 'cross-site-request'),
};

const cookies: Endpoint = {
  GET: (context) => ({ kind: 'page', status: 200, body: renderCookies(context) }),
  POST: async (context, _, readForm) =>
    isOwnForm(context.request, originOf(context.settings, context.visit.host))
      ? answerDeletion(context, await readForm())
      : ownRefusal(context, 'cross-site-request'),
};

const hardwareKey: Endpoint = {
  GET: async (context, { logins }) => answerKeyStep(await logins.showKeys(context.visit), context),
  POST: async (context, { logins }, readForm) =>
    isOwnForm(context.request, originOf(context.settings, context.visit.host))
      ? answerKeyStep(await logins.takeKeyForm(context.visit, await readForm()), context)
      : ownRefusal(context, 'cross-site-request'),
};

const passkey: Endpoint = {
  GET: async (context, { logins }) => answerKeyStep(await logins.showPasskey(context.visit), context),
  POST: async (context, { logins }, readForm) =>
    isOwnForm(context.request, originOf(context.settings, context.visit.host))
      ? answerKeyStep(await logins.takePasskeyForm(context.visit, await readForm()), context)
      : ownRefusal(context, 'cross-site-request'),
};

/** Without `hardware_keys`, or passkeys, in the settings there is no such page. */
function answerKeyStep(step: LoginStep | null, context: PageContext): Answer {
  return step === null ? ownRefusal(context, 'no-such-page') : answerStep(step, context);
}

/** Where a provider sends people back to. Whether there is such a provider is for the login to say. */
function callbackOf(providerId: string): Endpoint {
  return {
    GET: async (context, { logins }) => answerStep(await logins.callback(context.visit, providerId), context),
  };
}

const endpoints: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['/.bouncer', start],
  ['/.bouncer/', start],
  [
    '/.bouncer/login',
    { GET: async (context, { logins }) => answerStep(await logins.begin(context.visit), context) },
  ],
  [
    '/.bouncer/callback',
    { GET: async (context, { logins }) => answerStep(await logins.callback(context.visit, null), context) },
  ],
  ['/.bouncer/logout', logout],
  [cookiesPath, cookies],
  ['/.bouncer/identity', { GET: describeIdentity }],
  ['/.bouncer/certs', certs],
  ['/.bouncer/backchannel-logout', backchannelLogout],
  ['/.bouncer/terminal/edge', edge],
  [accessPath, accessPage],
  [formPath, keptForm],
  [discardPath, discardForm],
  [loggedInPath, loggedIn],
  [popUpModulePath, popUpScript],
]);

/** On `auth_url` alone. */
const authEndpoints: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['/.well-known/jwks.json', certs],
  [logoPath, logo],
  ['/.bouncer/code', code],
  [mailPath, mail],
  [sessionsPath, sessions],
  ['/.bouncer/terminal', terminal],
  ['/.bouncer/terminal/token', terminalToken],
  ['/.bouncer/terminal/device', terminalDevice],
  ['/.bouncer/terminal/session', terminalSession],
  ['/.bouncer/terminal/logout', terminalLogout],
  ['/.bouncer/share', share],
  ['/.bouncer/share/end', shareEnd],
  ['/.bouncer/device', device],
  [tokensPath, tokensPage],
  [approvalsPath, approvals],
  ['/.bouncer/hardware-key', hardwareKey],
  [passkeyPath, passkey],
]);

/** The endpoint at exactly this path, or `null`. */
export function findEndpoint(context: PageContext): Endpoint | null {
  const path = context.request.target.path;
  if (context.isAuthHost) {
    const own = authEndpoints.get(path);
    if (own !== undefined) return own;
    if (path === '/' && context.visit.application === null) return start;
  }
  const providerId = context.isAuthHost
    ? /^\/\.bouncer\/callback\/([a-z0-9_-]{1,63})$/.exec(path)?.[1]
    : undefined;
  if (providerId !== undefined) return callbackOf(providerId);
  const { application } = context.visit;
  if (application !== null && isDialectPath(application.dialects, path))
    return dialectEndpoints.get(path) ?? null;
  return endpoints.get(path) ?? null;
}
