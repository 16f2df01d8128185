// What an operator does with sessions from the command line, through the store, whether bouncer is running or not.
import { browserKindOf } from '../../http/browser-kind.ts';
import { isHostIn } from '../../http/host-match.ts';
import type { ListedLogin, LoginSelection } from '../../store/session-store.ts';
import type { Store } from '../../store/store.ts';
import { sayBrowser } from '../../texts/say-browser.ts';
import { textsIn } from '../../texts/texts.ts';
import { logIdOf } from '../opaque-token.ts';
import { keepEnds } from '../person-acts.ts';

/** One login as an operator sees it. Times in milliseconds since the epoch. */
export interface ListedSession {
  /** The short id of logs and lists; good for revoking. */
  readonly id: string;
  readonly email: string | null;
  readonly sub: string;
  readonly name: string | null;
  readonly idp: string;
  readonly groups: readonly string[];
  readonly hosts: readonly string[];
  /** What people see of programs that act as them, such as the name of a computer. */
  readonly programs: readonly string[];
  readonly createdAtMs: number;
  readonly lastSeenMs: number;
  readonly expiresAtMs: number;
  /** From where the person logged in; `null`: not known. */
  readonly ip: string | null;
  /** Such as `Firefox on Windows`. */
  readonly browser: string;
}

/** Whose sessions end. `hosts`: an application's hosts as the rules name them, wildcards included. */
export type Revocation =
  | { readonly email: string }
  | { readonly id: string }
  | { readonly hosts: readonly string[] }
  | 'all';

/**
 * The logins that have not expired, latest use first. Idle time is not judged: its limit is the settings'.
 *
 * @param selection whose; everybody's by default
 * @throws BouncerError `store_unavailable`
 */
export async function listSessions(
  store: Store,
  nowMs: number,
  selection?: LoginSelection,
): Promise<readonly ListedSession[]> {
  return (await store.sessions.list(selection))
    .filter(({ login }) => login.expiresAtMs > nowMs)
    .map(listedSession);
}

/** A login as it is listed. */
export function listedSession({ login, hosts, programs }: ListedLogin): ListedSession {
  const { email, sub, name, idp, groups } = login.identity;
  return {
    id: logIdOf(login.id),
    ...{ email, sub, name, idp, groups, hosts },
    programs: programs.map((program) => program.name),
    createdAtMs: login.createdAtMs,
    lastSeenMs: login.lastSeenMs,
    expiresAtMs: login.expiresAtMs,
    ip: login.ip,
    browser: sayBrowser(browserKindOf(login.userAgent ?? undefined), textsIn('en')),
  };
}

/**
 * Ends whole logins, on every host: whoever is meant must log in again. Running processes notice at their next request, and one of them
 * tells the log.
 *
 * @returns how many logins ended
 * @throws BouncerError `store_unavailable`
 */
export async function revokeSessions(store: Store, revocation: Revocation): Promise<number> {
  const ended = await endMeant(store, revocation);
  await keepEnds(store, 'ended-by-operator', ended);
  return ended.length;
}

async function endMeant({ sessions }: Store, revocation: Revocation): Promise<readonly string[]> {
  if (revocation === 'all') return sessions.endLogins({ by: 'all' });
  if ('email' in revocation)
    return sessions.endLogins({ by: 'email', email: revocation.email.toLowerCase() });
  const all = await sessions.list();
  const isMeant =
    'id' in revocation
      ? (login: { readonly id: string }): boolean =>
          login.id === revocation.id || logIdOf(login.id) === revocation.id
      : null;
  const ended: string[] = [];
  for (const { login, hosts } of all) {
    const isHit =
      isMeant !== null
        ? isMeant(login)
        : 'hosts' in revocation && hosts.some((host) => isHostIn(revocation.hosts, host));
    if (isHit) ended.push(...(await sessions.endLogins({ by: 'id', id: login.id })));
  }
  return ended;
}
