// `GET /.bouncer/hardware-key` on `auth_url`: the page on which a key is used or enrolled, or the person's own keys. It changes nothing.
import type { HardwareKeySettings } from '../../settings/settings.ts';
import type { StoredHardwareKey } from '../../store/hardware-key-store.ts';
import { creationOptions, type RelyingParty, requestOptions } from '../hardware-keys/ceremony-options.ts';
import { isEnrolledFor } from '../hardware-keys/look-at-keys.ts';
import { makeNow } from '../hardware-keys/prove-make.ts';
import type { Session } from '../sessions/session.ts';
import { applicationOf } from './choose-provider.ts';
import { freshLoginNeeds } from './fresh-login.ts';
import { beginCeremony, type KeyWish } from './key-ceremony.ts';
import { hasFreshKey, isOpenToAll, judgeEnrolment, type KeyPermission } from './key-permission.ts';
import type { ShownKey } from './key-step.ts';
import { keyPath } from './key-step-up.ts';
import { endUrl, hostOf, type LoginContext, problemStep, reportFailure } from './login-context.ts';
import { appendNeeds, type LoginNeeds, noNeeds } from './login-needs.ts';
import { isOver, openRequest } from './login-records.ts';
import type { LoginProblem, LoginStep, Visit } from './login-step.ts';
import { parseVisitQuery } from './parse-visit-query.ts';
import { isNeeded } from './remove-key.ts';

export function relyingParty(parts: LoginContext, { rpId }: HardwareKeySettings): RelyingParty {
  return { id: rpId, origin: parts.settings.authUrl };
}

const problemOfPermission: Readonly<
  Record<Exclude<KeyPermission, 'granted' | 'login-too-old' | 'use-a-key-first'>, LoginProblem>
> = {
  'too-many-keys': 'too-many-keys',
  'not-invited': 'no-key-enrolled',
  'invitation-over': 'invitation-over',
  'invitation-of-another': 'invitation-of-another',
};

/** @throws BouncerError `store_unavailable` */
export async function showKeys(
  parts: LoginContext,
  visit: Visit,
  settings: HardwareKeySettings,
): Promise<LoginStep> {
  const query = parseVisitQuery(visit.query);
  if (query === null) return problemStep('bad-request', keyPath);
  const text = query.get('request');
  const request = text === undefined ? null : openRequest(parts.sealer, text);
  if (text !== undefined && request === null) return problemStep('bad-request', keyPath);
  const wayOn = request === null ? keyPath : endUrl(parts.settings, request.end);
  if (request !== null && isOver(request, visit.nowMs)) return problemStep('expired', wayOn);
  const { session } = visit;
  if (session === null || session.mustAskPerson)
    return request === null
      ? logInAndBack(visit, noNeeds)
      : { kind: 'redirect', location: wayOn, setCookies: [] };
  const keys = await parts.store.hardwareKeys.keysOf(session.identity.idp, session.identity.sub);
  const wish: KeyWish = {
    does: request === null || keys.length === 0 ? 'enrol' : 'use',
    request,
    isForAnother: false,
    invitation: query.get('invitation') ?? null,
  };
  const page: KeyPage = { settings, session, keys };
  if (keys.length > 0 && (request !== null || query.has('use'))) return askForKey(parts, visit, page, wish);
  const isEnrolling = request !== null || wish.invitation !== null || query.has('add');
  return isEnrolling ? askForNewKey(parts, visit, page, wish) : listKeys(parts, page, query.get('done'));
}

/** What a page about keys is made of. */
export interface KeyPage {
  readonly settings: HardwareKeySettings;
  readonly session: Session;
  /** The person's. */
  readonly keys: readonly StoredHardwareKey[];
}

async function askForKey(
  parts: LoginContext,
  visit: Visit,
  { settings, session, keys }: KeyPage,
  wish: KeyWish,
): Promise<LoginStep> {
  // The browser would say nothing but that no key answered.
  const usable = keys.filter((key) => isEnrolledFor(key, settings.rpId));
  if (usable.length === 0) return failWith(parts, visit, session, { problem: 'keys-of-another-host', wish });
  const begun = beginCeremony(parts, { ...wish, does: 'use' }, session.id, visit.nowMs);
  return {
    kind: 'use-key',
    ceremony: begun.sealed,
    options: await requestOptions(relyingParty(parts, settings), begun.ceremony.challenge, usable),
    applicationName: applicationNameOf(parts, wish),
    isForAnother: wish.isForAnother,
    cancelHref: wish.request === null ? keyPath : parts.settings.authUrl,
    setCookies: [],
  };
}

function applicationNameOf(parts: LoginContext, { request }: KeyWish): string | null {
  return request === null ? null : (applicationOf(parts, request.end)?.presentation.label ?? null);
}

async function askForNewKey(
  parts: LoginContext,
  visit: Visit,
  page: KeyPage,
  wish: KeyWish,
): Promise<LoginStep> {
  const { settings, session, keys } = page;
  const permission = await judgeEnrolment(parts, session, settings, { keys, invitation: wish.invitation });
  switch (permission) {
    case 'granted': {
      const begun = beginCeremony(parts, { ...wish, does: 'enrol' }, session.id, visit.nowMs);
      const ask = { challenge: begun.ceremony.challenge, wantsMake: settings.trust !== null, known: keys };
      return {
        kind: 'enrol-key',
        ceremony: begun.sealed,
        options: await creationOptions(relyingParty(parts, settings), session.identity, ask),
        isFirst: keys.length === 0,
        applicationName: applicationNameOf(parts, wish),
        cancelHref: wish.request === null ? keyPath : parts.settings.authUrl,
        setCookies: [],
      };
    }
    case 'login-too-old':
      return logInAndBack(visit, freshLoginNeeds(session));
    case 'use-a-key-first':
      return askForKey(parts, visit, page, { ...wish, isForAnother: true });
    default:
      return failWith(parts, visit, session, { problem: problemOfPermission[permission], wish });
  }
}

function failWith(
  parts: LoginContext,
  visit: Visit,
  session: Session,
  { problem, wish }: { readonly problem: LoginProblem; readonly wish: KeyWish },
): LoginStep {
  const { idp: provider, sub, email } = session.identity;
  reportFailure(parts, visit, problem, { provider, sub, email, session: session.logId });
  const { request } = wish;
  return request === null
    ? problemStep(problem, keyPath)
    : { ...problemStep(problem, parts.settings.authUrl), ...hostOf(request) };
}

/** To the login, which leads back to this very page. */
function logInAndBack({ query }: Visit, needs: LoginNeeds): LoginStep {
  const to = new URLSearchParams({ return_to: keyPath + query });
  appendNeeds(to, needs);
  return { kind: 'redirect', location: `/.bouncer/login?${to}`, setCookies: [] };
}

function listKeys(parts: LoginContext, page: KeyPage, done: string | undefined): LoginStep {
  const { settings, session, keys } = page;
  return {
    kind: 'keys',
    keys: keys.map((key) => ({ ...shownKey(key, settings), isRemovable: !isNeeded(parts, page, key) })),
    mayRemove: hasFreshKey(session, parts.store.now()),
    canAdd: keys.length > 0 || isOpenToAll(settings, parts.store.now()),
    wasAdded: done === 'enrolled',
    setCookies: [],
  };
}

function shownKey(key: StoredHardwareKey, { trust }: HardwareKeySettings): Omit<ShownKey, 'isRemovable'> {
  const { name, badStatus } = makeNow(key, trust);
  const { id, label, createdAtMs, lastUsedMs } = key;
  return { id, label, makeName: name, badStatus, createdAtMs, lastUsedMs };
}
