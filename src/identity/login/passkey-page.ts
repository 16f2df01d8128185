// `/.bouncer/passkey` on `auth_url`, with an invitation: the page on which an invited person enrols a passkey. Nobody has to be logged in
// for it: the invitation says who they are, and a session lets nobody enrol anything.
import { isAhead } from '../../rules/model/time-ahead.ts';
import { isRecord } from '../../source/is-record.ts';
import type { StoredPasskey } from '../../store/passkey-store.ts';
import { ceremonyTimeMs } from '../hardware-keys/ceremony-options.ts';
import { keyLetter } from '../hardware-keys/key-letter.ts';
import { keyLogId } from '../hardware-keys/operator-acts.ts';
import type { PasskeyMeans, PasskeyProblem, PasskeyProvider } from '../identity-provider.ts';
import { createToken } from '../opaque-token.ts';
import { type LoginContext, problemStep, reportFailure, visitFields } from './login-context.ts';
import type { LoginStep, Visit } from './login-step.ts';

export const passkeyPath = '/.bouncer/passkey';

/** What the flows lend to the passkeys. */
export function passkeyMeans({ store, sealer, settings }: LoginContext, nowMs: number): PasskeyMeans {
  return {
    passkeys: store.passkeys,
    once: store.once,
    persons: store.persons,
    sealer,
    settings,
    nowMs,
  };
}

/** What a page of an enrolment asks, sealed into its form. */
interface Enrolment {
  readonly invitation: string;
  readonly challenge: string;
  readonly expiresAtMs: number;
}

/** The page on which an invited person makes a passkey. @param invitation sealed, untrusted */
export async function askForPasskey(
  parts: LoginContext,
  visit: Visit,
  provider: PasskeyProvider,
  invitation: string,
): Promise<LoginStep> {
  const means = passkeyMeans(parts, visit.nowMs);
  const opened = await provider.openInvitation(invitation, means);
  if (opened === null) return refuse(parts, visit, provider, { problem: 'passkey-invitation-over' });
  const enrolment: Enrolment = {
    invitation,
    challenge: createToken(),
    expiresAtMs: visit.nowMs + ceremonyTimeMs,
  };
  return {
    kind: 'enrol-passkey',
    ceremony: parts.sealer.seal('passkey-ceremony', enrolment),
    options: await provider.creationOptions(opened, enrolment.challenge, means),
    email: opened.email,
    endsAtMs: opened.endsAtMs,
    setCookies: [],
  };
}

/** @param form its `ceremony`, `answer` and `label`, untrusted @throws BouncerError `store_unavailable` */
export async function takeNewPasskey(
  parts: LoginContext,
  visit: Visit,
  provider: PasskeyProvider,
  form: { readonly ceremony: string; readonly answer: string; readonly label: string },
): Promise<LoginStep> {
  const enrolment = parseEnrolment(parts.sealer.open('passkey-ceremony', form.ceremony));
  if (enrolment === null) return problemStep('bad-request', '/.bouncer/');
  const { invitation, challenge, expiresAtMs } = enrolment;
  // The page asks anew, as long as the invitation is good.
  if (expiresAtMs <= visit.nowMs || isAhead(expiresAtMs - ceremonyTimeMs, visit.nowMs)) {
    const location = `${passkeyPath}?${new URLSearchParams({ invitation })}`;
    return { kind: 'redirect', location, setCookies: [] };
  }
  const asked = { invitation, challenge, label: form.label };
  const done = await provider.enrol(form.answer, asked, passkeyMeans(parts, visit.nowMs));
  if (!done.ok) return refuse(parts, visit, provider, done);
  tellOwner(parts, visit, done.passkey);
  const loginHref = `/.bouncer/login?${new URLSearchParams({ provider: provider.settings.id })}`;
  return { kind: 'passkey-added', email: done.passkey.email, loginHref, setCookies: [] };
}

function parseEnrolment(value: unknown): Enrolment | null {
  if (!isRecord(value)) return null;
  const { invitation, challenge, expiresAtMs } = value;
  return typeof invitation === 'string' && typeof challenge === 'string' && typeof expiresAtMs === 'number'
    ? { invitation, challenge, expiresAtMs }
    : null;
}

interface Refusal {
  readonly problem: PasskeyProblem;
  readonly email?: string | null;
  readonly cause?: string;
}

function refuse(
  parts: LoginContext,
  visit: Visit,
  { settings }: PasskeyProvider,
  { problem, email = null, cause }: Refusal,
): LoginStep {
  reportFailure(parts, visit, problem, {
    provider: settings.id,
    ...(email === null ? {} : { email }),
    ...(cause === undefined ? {} : { cause }),
  });
  return problemStep(problem, '/.bouncer/');
}

function tellOwner(parts: LoginContext, visit: Visit, passkey: StoredPasskey): void {
  const { email, label, expiresAtMs, isBackupEligible, isBreakGlass } = passkey;
  parts.telemetry.event('passkey_enrolled', {
    ...visitFields(visit),
    ...{ email, key: keyLogId(passkey), is_backup_eligible: isBackupEligible },
    is_break_glass: isBreakGlass,
    expires: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
  });
  const { ip, userAgent, language } = visit;
  const { authUrl } = parts.settings;
  const news = { email, label, authUrl, atMs: visit.nowMs, from: { ip, userAgent, language } };
  parts.tellByMail(keyLetter('passkey_enrolled', news));
}
