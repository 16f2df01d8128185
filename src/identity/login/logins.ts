// Joins the login and logout flows into the port that the pages use; keeps nothing of any one visitor.

import { BouncerError } from '../../bouncer-error.ts';
import { authHostOf } from '../../http/origin-of.ts';
import type { Letter } from '../../mail/letter.ts';
import type { Mailbox } from '../../mail/mailbox.ts';
import type { CompiledRules } from '../../rules/model/compiled-rules.ts';
import type { Settings } from '../../settings/settings.ts';
import { sealingKeyOf } from '../../store/sealing-key.ts';
import type { Store } from '../../store/store.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import type { LimitNotices } from '../../telemetry/limit-notices.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';
import { tellActs } from '../hardware-keys/tell-acts.ts';
import { createProviders, type Providers } from '../providers.ts';
import { createSealer, type Sealer } from '../sealer.ts';
import type { SessionKeeper } from '../sessions/sessions.ts';
import { createTerminals } from '../terminals/create-terminals.ts';
import type { Terminals } from '../terminals/terminals.ts';
import { beginLogin } from './begin-login.ts';
import { CallbackShares } from './callback-shares.ts';
import { showCodeLogin, takeCodeForm } from './code-login.ts';
import { askLogout, leaveForQuestion, takeLogout } from './confirm-logout.ts';
import { endByProvider, endLogin } from './end-login.ts';
import { finishLogin } from './finish-login.ts';
import { takeHandoff } from './handoff.ts';
import { createKeyFlows } from './key-flows.ts';
import { type LoginContext, problemOf, problemStep, reportFailure } from './login-context.ts';
import { createLoginCookies, type LoginCookies } from './login-cookies.ts';
import type { LoginStep, Logins, Visit } from './login-step.ts';
import { parseVisitQuery } from './parse-visit-query.ts';
import { createPersonTokens, type PersonTokens } from './personal-tokens.ts';
import { createRechecker } from './recheck-login.ts';
import { createNoRecheckReport } from './report-no-recheck.ts';

export interface LoginsParts {
  readonly store: Store;
  readonly settings: () => Settings;
  readonly rules: () => CompiledRules;
  readonly sessions: SessionKeeper;
  readonly telemetry: Pick<Telemetry, 'event'>;
  readonly notices: Pick<LimitNotices, 'note'>;
  /** Takes all mail in place of the mail server; not closed here. `null`: mail is sent. */
  readonly mailbox: Mailbox | null;
  /** Milliseconds since the epoch; for cool-downs and background checks. Visits bring their own time. */
  readonly now: () => number;
}

/** The flows, and their end. */
export interface LoginFlows extends Logins {
  readonly providers: Providers;
  readonly terminals: Terminals;
  readonly tokens: PersonTokens;
  /** Waits for nothing; drops the connections to the providers. */
  close(): Promise<void>;
}

/** Whether a logout on this host is `auth_url`'s to ask about. */
function isAskedElsewhere({ settings }: LoginContext, { host }: Visit): boolean {
  return settings.logout === 'confirm' && host !== authHostOf(settings);
}

interface Sealing {
  readonly sealer: Sealer;
  readonly applicationCookies: LoginCookies;
  readonly providerCookies: LoginCookies;
}

/**
 * @returns the parts of a flow as they are now. The sealing key is asked for at the first login, so that a store that is down then
 *   stops logins and nothing else
 */
function createContext(parts: LoginsParts, providers: Providers): () => Promise<LoginContext> {
  const { store, sessions, telemetry } = parts;
  const noRecheck = createNoRecheckReport(telemetry);
  const callbacks = new CallbackShares(parts.settings().limits, parts.notices);
  let sealing: Sealing | null = null;
  return async () => {
    sealing ??= sealBy(createSealer(await sealingKeyOf(store.secrets)));
    const now = { settings: parts.settings(), rules: parts.rules() };
    const tellByMail = (letter: Letter): void => providers.tellByMail(letter);
    return { ...sealing, ...now, providers, noRecheck, callbacks, store, sessions, telemetry, tellByMail };
  };
}

function sealBy(sealer: Sealer): Sealing {
  return {
    sealer,
    applicationCookies: createLoginCookies(sealer, 'application-login-cookie'),
    providerCookies: createLoginCookies(sealer, 'provider-login-cookie'),
  };
}

/** The two ways back: from `auth_url` to an application's host, and from a provider to `auth_url`. */
async function takeCallback(now: LoginContext, visit: Visit, providerId: string | null): Promise<LoginStep> {
  const query = parseVisitQuery(visit.query);
  if (query === null) return problemStep('bad-request', null);
  if (providerId === null && query.has('handoff')) return takeHandoff(now, visit, query);
  return providerId !== null && visit.host === authHostOf(now.settings)
    ? finishLogin(now, visit, query, providerId)
    : problemStep('bad-request', '/');
}

type Flow = (parts: LoginContext, visit: Visit) => Promise<LoginStep>;

/** Whatever goes wrong in a flow is a problem that the person is shown and the log is told. */
async function runFlow(
  { store, telemetry }: LoginsParts,
  partsNow: () => Promise<LoginContext>,
  visit: Visit,
  flow: Flow,
): Promise<LoginStep> {
  try {
    // Nobody is sent to a provider who could not come back.
    if (!store.sessions.isReachable())
      throw new BouncerError('store_unavailable', 'the session store does not answer');
    return await flow(await partsNow(), visit);
  } catch (error) {
    const problem = problemOf(error);
    reportFailure({ telemetry }, visit, problem, causeOf(error));
    return problemStep(problem, null);
  }
}

/** @returns the login and logout flows over one store */
export function createLogins(parts: LoginsParts): LoginFlows {
  const providers = createProviders(parts);
  const partsNow = createContext(parts, providers);

  const run = (visit: Visit, flow: Flow): Promise<LoginStep> => runFlow(parts, partsNow, visit, flow);

  const teller = tellActs({
    acts: parts.store.acts,
    telemetry: parts.telemetry,
    tellByMail: (letter) => providers.tellByMail(letter),
    authUrl: () => parts.settings().authUrl,
  });
  const rechecker = createRechecker(partsNow, parts.telemetry, parts.now);
  parts.sessions.onRecheckDue((loginId) => rechecker.check(loginId));

  return {
    providers,
    terminals: createTerminals(partsNow),
    tokens: createPersonTokens(partsNow),
    begin: (visit) =>
      run(visit, (now) => {
        // As above: who comes back could not be let in.
        if (!parts.store.isWritable())
          throw new BouncerError('store_unavailable', 'the session store cannot be written');
        return beginLogin(now, visit);
      }),
    callback: (visit, providerId) => run(visit, (now) => takeCallback(now, visit, providerId)),
    showCode: (visit) => run(visit, async (now) => showCodeLogin(now, visit)),
    takeCode: (visit, form) => run(visit, (now) => takeCodeForm(now, visit, form)),
    ...createKeyFlows(parts.settings, providers, run),
    askLogout: (visit) =>
      run(visit, (now) =>
        isAskedElsewhere(now, visit) ? leaveForQuestion(now, visit) : askLogout(now, visit),
      ),
    logout: (visit, form) =>
      run(visit, (now) => {
        if (visit.host === authHostOf(now.settings)) return takeLogout(now, visit, form);
        return isAskedElsewhere(now, visit) ? leaveForQuestion(now, visit) : endLogin(now, visit);
      }),
    backchannelLogout: async (logoutToken, nowMs) => endByProvider(await partsNow(), logoutToken, nowMs),
    unreachableProviders: () =>
      providers
        .all()
        .filter((provider) => provider.way !== 'passkey' && provider.isUnreachable())
        .map((provider) => provider.settings.id),
    close: async () => {
      await teller.close();
      await providers.close();
    },
  };
}
