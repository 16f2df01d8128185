// What every login flow needs, in one value, and the few steps that all of them end with.

import { BouncerError } from '../../bouncer-error.ts';
import { clearCookie, serializeSessionCookie, sessionCookieName } from '../../http/cookie-header.ts';
import { originOf, schemeOf } from '../../http/origin-of.ts';
import { refusals } from '../../http/refusals.ts';
import type { Letter } from '../../mail/letter.ts';
import type { CompiledRules } from '../../rules/model/compiled-rules.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Store } from '../../store/store.ts';
import type { FieldsOf } from '../../telemetry/events.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';
import type { Providers } from '../providers.ts';
import type { Sealer } from '../sealer.ts';
import { endedTokenKeptMs } from '../sessions/session-limits.ts';
import type { SessionKeeper } from '../sessions/sessions.ts';
import type { CallbackShares } from './callback-shares.ts';
import type { LoginCookies } from './login-cookies.ts';
import type { LoginEnd } from './login-records.ts';
import type { LoginProblem, ProblemStep, Visit } from './login-step.ts';
import type { NoRecheckReport } from './report-no-recheck.ts';

/** The parts of one flow's run: the settings and rules are one snapshot. */
export interface LoginContext {
  readonly store: Store;
  readonly settings: Settings;
  readonly rules: CompiledRules;
  readonly sessions: SessionKeeper;
  readonly telemetry: Pick<Telemetry, 'event'>;
  readonly providers: Providers;
  readonly noRecheck: NoRecheckReport;
  readonly sealer: Sealer;
  readonly applicationCookies: LoginCookies;
  readonly providerCookies: LoginCookies;
  readonly callbacks: CallbackShares;
  /** Queues a letter, where mail can be sent. Nobody waits for it. */
  readonly tellByMail: (letter: Letter) => void;
}

const statusOf: Readonly<Record<LoginProblem, number>> = {
  'bad-request': 400,
  'unknown-provider': 400,
  expired: 400,
  'already-used': 400,
  'other-browser': 400,
  'other-person': 400,
  'refused-by-provider': 403,
  'provider-unavailable': refusals.provider_unavailable.status,
  'provider-answer-invalid': refusals.login_failed.status,
  'hardware-key-not-confirmed': 403,
  'fresh-login-not-confirmed': 403,
  'too-many-tries': 429,
  'logout-expired': 400,
  'too-many-failures': 429,
  'person-blocked': 403,
  'store-unavailable': refusals.store_unavailable.status,
  'key-answer-invalid': 403,
  'key-built-in': 403,
  'key-not-bound': 403,
  'key-question-over': 400,
  'key-not-known': 403,
  'last-key': 403,
  'last-passkey': 403,
  'keys-of-another-host': 403,
  'key-copied': 403,
  'key-make-refused': 403,
  'key-of-other-make': 403,
  'key-not-added': 403,
  'key-needed-first': 403,
  'no-key-enrolled': 403,
  'too-many-keys': 403,
  'invitation-over': 403,
  'invitation-of-another': 403,
  'passkey-answer-invalid': 403,
  'passkey-not-known': 403,
  'passkey-over': 403,
  'passkey-invitation-over': 403,
};

/** The step for a login that cannot go on. */
export function problemStep(
  problem: LoginProblem,
  continueUrl: string | null,
  setCookies: readonly string[] = [],
): ProblemStep {
  return { kind: 'problem', problem, status: statusOf[problem], continueUrl, setCookies };
}

/** For a step whose way on does not lead where the login was to end. */
export function hostOf({ end }: { readonly end: LoginEnd }): Pick<ProblemStep, 'host'> {
  return end.host === null ? {} : { host: end.host };
}

/** The problem of an outside failure; programming errors are thrown on. */
export function problemOf(error: unknown): LoginProblem {
  if (!(error instanceof BouncerError)) throw error;
  switch (error.code) {
    case 'store_unavailable':
      return 'store-unavailable';
    case 'provider_unavailable':
      return 'provider-unavailable';
    case 'login_failed':
      return 'provider-answer-invalid';
    default:
      throw error;
  }
}

/** Where the person was going: the way on after a problem. There, a session lets them in and a missing one begins a login. */
export function endUrl(settings: Settings, end: LoginEnd): string {
  return (end.host === null ? settings.authUrl : originOf(settings, end.host)) + (end.returnTo ?? '/');
}

/**
 * The cookie of a session's token on one host. It outlives the session, so that a form which meets its end can be known for its person's;
 * a token that has ended lets nobody in.
 *
 * @param expiresAtMs the session's absolute end
 */
export function sessionCookie(settings: Settings, token: string, expiresAtMs: number, nowMs: number): string {
  return serializeSessionCookie(token, schemeOf(settings), (expiresAtMs + endedTokenKeptMs - nowMs) / 1000);
}

export function clearSessionCookie(settings: Settings): string {
  const scheme = schemeOf(settings);
  return clearCookie(sessionCookieName(scheme), scheme);
}

/** The fields that every event of a visit has. */
export function visitFields(
  visit: Visit,
): Pick<FieldsOf<'login'>, 'request_id' | 'host' | 'ip' | 'user_agent'> {
  return {
    request_id: visit.requestId,
    host: visit.host,
    ip: visit.ip,
    user_agent: visit.userAgent === undefined ? null : visit.userAgent.slice(0, 256),
  };
}

/** What bouncer finds by itself, without the provider. */
const ownFindings: Partial<
  Record<LoginProblem | 'wrong-code', { readonly cause: string; readonly hint: string }>
> = {
  'bad-request': {
    cause: 'the answer has no `state` of a login that began here',
    hint: 'an old address, or somebody’s invention; when everybody has it, do all processes share one `data_dir`?',
  },
  expired: {
    cause: 'the login took longer than it may',
    hint: 'the person starts again; when many have it, is this machine’s clock right?',
  },
  'key-question-over': {
    cause: 'the key answered later than two minutes after it was asked',
    hint: 'the person tries again; when many have it, is this machine’s clock right?',
  },
  'no-key-enrolled': {
    cause: 'the person is asked for a key of bouncer’s own and has none',
    hint: '`bouncer hardware-key invite` lets them enrol one; `bouncer hardware-key list --missing` names all of them',
  },
  'keys-of-another-host': {
    cause: 'the keys of the person were enrolled for another host than that of now',
    hint: 'set `auth_url` or `rp_id` back, or remove the keys and invite the person anew',
  },
  'already-used': {
    cause: 'this login was finished before',
    hint: 'the back button or a reloaded page; nothing to do',
  },
  'other-browser': {
    cause: 'the cookie that the login began with did not come back',
    hint: 'cookies are blocked, or people come by another address than `auth_url`',
  },
  'person-blocked': {
    cause: 'the address is blocked',
    hint: '`bouncer person unblock` lets the person in again',
  },
  'too-many-failures': {
    cause:
      'so many logins from there, or at that provider, came to nothing that no more answers are taken for a while',
    hint: 'somebody tries out invented answers; when it is an address of your own people, see `limits.failed_logins_per_address`',
  },
  'other-person': {
    cause: 'the provider sent another person than the one who asked for a personal token',
    hint: 'the person chooses the same account there',
  },
  'unknown-provider': {
    cause:
      'the settings of that identity provider changed while the person was there, or it is not one of them',
    hint: 'the person starts again',
  },
};

/** Records a login that did not complete. @param detail cleaned words, never what the visitor sent as it came */
export function reportFailure(
  parts: Pick<LoginContext, 'telemetry'>,
  visit: Visit,
  problem: LoginProblem | 'wrong-code',
  detail: Omit<FieldsOf<'login_failed'>, 'reason' | keyof ReturnType<typeof visitFields>> = {},
): void {
  parts.telemetry.event('login_failed', {
    ...visitFields(visit),
    reason: problem,
    ...ownFindings[problem],
    ...detail,
  });
}
