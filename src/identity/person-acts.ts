// What an operator did about people and their sessions from the command line, as it is kept in the store until a running process tells
// the log of it. Nothing in it lets anybody in.
import { parseRecord } from '../source/is-record.ts';
import type { ActStore } from '../store/act-store.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { logIdOf } from './opaque-token.ts';

/** Why sessions ended. */
export type OperatorReason = 'ended-by-operator' | 'person-blocked' | 'person-erased';

export type PersonAct =
  /** @property sessions their ids in the log */
  | { readonly kind: 'sessions_revoked'; readonly reason: string; readonly sessions: readonly string[] }
  | { readonly kind: 'person_blocked'; readonly email: string; readonly sessions: number }
  | { readonly kind: 'person_unblocked'; readonly email: string }
  | (GrantAct & { readonly kind: 'access_granted'; readonly reason: string; readonly until: string })
  | (GrantAct & { readonly kind: 'access_revoked' });

/** About access for a time. */
interface GrantAct {
  readonly application: string;
  readonly area: string | null;
  readonly email: string;
  /** The id of the grant. */
  readonly access: string;
}

/** Sessions in one act, so that none is without a bound. */
const mostInOne = 500;

/** Keeps an act for a running process. @throws BouncerError `store_unavailable` */
export async function keepAct({ acts }: { readonly acts: ActStore }, act: PersonAct): Promise<void> {
  await acts.addAct(JSON.stringify(act));
}

/** @param loginIds of the logins that ended; none is no act @throws BouncerError `store_unavailable` */
export async function keepEnds(
  store: { readonly acts: ActStore },
  reason: OperatorReason,
  loginIds: readonly string[],
): Promise<void> {
  for (let from = 0; from < loginIds.length; from += mostInOne) {
    const sessions = loginIds.slice(from, from + mostInOne).map(logIdOf);
    await keepAct(store, { kind: 'sessions_revoked', reason, sessions });
  }
}

/** @returns `null` for what is none of these */
export function parsePersonAct(text: string): PersonAct | null {
  const value = parseRecord(text);
  if (value === null) return null;
  const { kind, email, reason, sessions } = value;
  if (kind === 'sessions_revoked')
    return typeof reason === 'string' &&
      Array.isArray(sessions) &&
      sessions.every((one) => typeof one === 'string')
      ? { kind, reason, sessions }
      : null;
  if (typeof email !== 'string') return null;
  if (kind === 'access_granted' || kind === 'access_revoked') return parseGrantAct(kind, email, value);
  if (kind === 'person_unblocked') return { kind, email };
  return kind === 'person_blocked' && typeof sessions === 'number' ? { kind, email, sessions } : null;
}

function parseGrantAct(
  kind: 'access_granted' | 'access_revoked',
  email: string,
  { application, area, access, reason, until }: Readonly<Record<string, unknown>>,
): PersonAct | null {
  if (typeof application !== 'string' || typeof access !== 'string') return null;
  const about = { application, area: typeof area === 'string' ? area : null, email, access };
  if (kind === 'access_revoked') return { kind, ...about };
  return typeof reason === 'string' && typeof until === 'string' ? { kind, ...about, reason, until } : null;
}

/** Tells the log of one act. */
export function tellPersonAct(telemetry: Pick<Telemetry, 'event'>, act: PersonAct): void {
  const { kind } = act;
  if (kind === 'person_blocked') telemetry.event(kind, { email: act.email, sessions: act.sessions });
  else if (kind === 'person_unblocked') telemetry.event(kind, { email: act.email });
  else if (kind === 'access_granted' || kind === 'access_revoked') tellGrantAct(telemetry, act);
  else
    for (const session of act.sessions) telemetry.event('session_revoked', { reason: act.reason, session });
}

function tellGrantAct(
  telemetry: Pick<Telemetry, 'event'>,
  act: Extract<PersonAct, { kind: 'access_granted' | 'access_revoked' }>,
): void {
  const { application, area, email, access } = act;
  const about = { application, area, email, access, by: 'operator' };
  if (act.kind === 'access_revoked') telemetry.event(act.kind, about);
  else telemetry.event(act.kind, { ...about, reason: act.reason, until: act.until });
}
