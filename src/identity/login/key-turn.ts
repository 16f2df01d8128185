// One form about hardware keys by somebody who is logged in: how it fails, and how its owner hears of what came of it.
import type { HardwareKeySettings } from '../../settings/settings.ts';
import type { StoredHardwareKey } from '../../store/hardware-key-store.ts';
import { keyLetter } from '../hardware-keys/key-letter.ts';
import { keyLogId } from '../hardware-keys/operator-acts.ts';
import type { Session } from '../sessions/session.ts';
import { keyPath } from './key-step-up.ts';
import { type LoginContext, problemStep, reportFailure, visitFields } from './login-context.ts';
import type { LoginProblem, LoginStep, Visit } from './login-step.ts';

/** A form of somebody who is logged in. */
export interface Turn {
  readonly visit: Visit;
  readonly session: Session;
  readonly settings: HardwareKeySettings;
}

/** Where the page of a failure leads, and what the log says of it. */
interface Failure {
  readonly wayOn?: string;
  readonly cause?: string;
}

export function fail(
  parts: LoginContext,
  { visit, session }: Turn,
  problem: LoginProblem,
  { wayOn = keyPath, ...detail }: Failure = {},
): LoginStep {
  const { idp: provider, sub, email } = session.identity;
  reportFailure(parts, visit, problem, { provider, sub, email, session: session.logId, ...detail });
  return problemStep(problem, wayOn);
}

/** The log, and by mail. */
export function tellOwner(
  parts: LoginContext,
  { visit, session }: Turn,
  event: 'hardware_key_enrolled' | 'hardware_key_removed',
  key: StoredHardwareKey,
): void {
  const { sub, email } = session.identity;
  const { aaguid, attestedBy } = key;
  parts.telemetry.event(event, {
    ...visitFields(visit),
    ...{ by: 'owner', sub, email, session: session.logId, key: keyLogId(key) },
    ...{ aaguid, is_attested: attestedBy !== null },
  });
  if (email === null) return;
  const { ip, userAgent, language } = visit;
  const { authUrl } = parts.settings;
  const atMs = parts.store.now();
  const from = { ip, userAgent, language };
  parts.tellByMail(keyLetter(event, { email, label: key.label, authUrl, atMs, from }));
}
