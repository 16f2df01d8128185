// The pages of hardware keys and of passkeys, where the settings have any: which of them a visit is for.
import type { HardwareKeySettings, Settings } from '../../settings/settings.ts';
import type { PasskeyProvider } from '../identity-provider.ts';
import type { Providers } from '../providers.ts';
import { type LoginContext, problemStep } from './login-context.ts';
import type { LoginStep, Logins, Visit } from './login-step.ts';
import { removeOwnPasskey, showPasskeys } from './own-passkeys.ts';
import { parseVisitQuery } from './parse-visit-query.ts';
import { showPasskeyLogin, takePasskeyAnswer } from './passkey-login.ts';
import { askForPasskey, takeNewPasskey } from './passkey-page.ts';
import { showKeys } from './show-keys.ts';
import { takeKeyForm } from './take-key.ts';

type Run = (
  visit: Visit,
  flow: (parts: LoginContext, visit: Visit) => Promise<LoginStep>,
) => Promise<LoginStep>;

/** @param run runs a flow with the parts as they are now */
export function createKeyFlows(
  settings: () => Settings,
  providers: Pick<Providers, 'all'>,
  run: Run,
): Pick<Logins, 'showKeys' | 'takeKeyForm' | 'showPasskey' | 'takePasskeyForm'> {
  const withKeys = (
    visit: Visit,
    flow: (parts: LoginContext, keys: HardwareKeySettings) => Promise<LoginStep>,
  ): Promise<LoginStep | null> => {
    const { hardwareKeys } = settings();
    return hardwareKeys === null
      ? Promise.resolve(null)
      : run(visit, (now) => flow(now, now.settings.hardwareKeys ?? hardwareKeys));
  };

  const withPasskeys = (
    visit: Visit,
    flow: (parts: LoginContext, provider: PasskeyProvider) => Promise<LoginStep>,
  ): Promise<LoginStep | null> => {
    const provider = providers.all().find(({ way }) => way === 'passkey');
    return provider?.way === 'passkey' ? run(visit, (now) => flow(now, provider)) : Promise.resolve(null);
  };

  return {
    showKeys: (visit) => withKeys(visit, (now, keys) => showKeys(now, visit, keys)),
    takeKeyForm: (visit, form) => withKeys(visit, (now, keys) => takeKeyForm(now, visit, keys, form)),
    showPasskey: (visit) => withPasskeys(visit, (now, provider) => showPasskey(now, visit, provider)),
    takePasskeyForm: (visit, form) =>
      withPasskeys(visit, (now, provider) => takePasskeyForm(now, visit, provider, form)),
  };
}

/** The three pages of passkeys: the login's, that of an invitation, and the person's own. */
async function showPasskey(now: LoginContext, visit: Visit, provider: PasskeyProvider): Promise<LoginStep> {
  const query = parseVisitQuery(visit.query);
  const invitation = query?.get('invitation');
  if (query === null) return problemStep('bad-request', '/.bouncer/');
  if (invitation !== undefined) return askForPasskey(now, visit, provider, invitation);
  const login = query.get('login');
  return login === undefined
    ? showPasskeys(now, visit, provider)
    : showPasskeyLogin(now, visit, provider, login);
}

async function takePasskeyForm(
  now: LoginContext,
  visit: Visit,
  provider: PasskeyProvider,
  form: Readonly<Record<string, unknown>> | null,
): Promise<LoginStep> {
  const { login, ceremony, answer, label, remove } = form ?? {};
  if (typeof remove === 'string') return removeOwnPasskey(now, visit, provider, remove);
  if (typeof answer !== 'string' || (typeof login === 'string') === (typeof ceremony === 'string'))
    return problemStep('bad-request', '/.bouncer/');
  if (typeof login === 'string') return takePasskeyAnswer(now, visit, provider, { login, answer });
  const named = typeof label === 'string' ? label : '';
  return takeNewPasskey(now, visit, provider, { ceremony: String(ceremony), answer, label: named });
}
