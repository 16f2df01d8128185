// Finds the person whose program presents a token: `bnc_u_…` of a terminal, `bnc_p_…` of one program. It judges where the token
// counts; whether the session behind it still stands, sessions/ says.
import { isPromise, type MaybePromise } from '../../store/maybe-promise.ts';
import type { ProgramSessions, Session } from '../sessions/session.ts';
import type { SecretKind } from './service-secret.ts';
import type { Rejection, TokenPlace } from './service-token.ts';

/** Of a token that is well formed, by its hash. */
export interface PresentedProgram {
  readonly kind: Extract<SecretKind, 'u' | 'p'>;
  readonly hash: string;
}

/**
 * The session behind a token.
 *
 * @returns `unknown`: there is none
 * @throws BouncerError as {@link ProgramSessions.identifyProgram}
 */
export function identifyPerson(
  sessions: ProgramSessions,
  { kind, hash }: PresentedProgram,
  place: TokenPlace,
): MaybePromise<Session | Rejection | 'unknown'> {
  const judge = (found: Session | 'unknown' | 'over'): Session | Rejection | 'unknown' => {
    if (found === 'unknown') return found;
    if (found === 'over') return rejectOver(kind);
    return takes(found, kind, place) ? found : elsewhere(found, place);
  };
  const found = sessions.identifyProgram(hash, place);
  return isPromise(found) ? found.then(judge) : judge(found);
}

/** Whether a token may be used at this place. A kind that its secret does not say is not a token. */
export function takes(session: Session, kind: PresentedProgram['kind'], place: TokenPlace): boolean {
  const { program } = session;
  if (program === null || program.kind !== (kind === 'u' ? 'terminal' : 'personal')) return false;
  if (program.kind === 'terminal' || place.application === null) return true;
  return (
    place.takesPersonal && (program.applications === null || program.applications.includes(place.application))
  );
}

function elsewhere({ program }: Session, { application, takesPersonal }: TokenPlace): Rejection {
  const isForNone = program?.kind === 'personal' && !takesPersonal;
  return {
    kind: 'rejected',
    reason: 'token-elsewhere',
    cause: isForNone
      ? `the application \`${application}\` takes no personal tokens`
      : 'the personal token is for other applications',
    ...(isForNone ? { cure: 'none-taken' } : {}),
  };
}

function rejectOver(kind: PresentedProgram['kind']): Rejection {
  const cause = 'the session behind the token has ended here';
  return { kind: 'rejected', reason: 'token-expired', cause, cure: cureFor(kind) };
}

/** How somebody gets another token. */
export function cureFor(kind: PresentedProgram['kind']): NonNullable<Rejection['cure']> {
  return kind === 'u' ? 'log-in-again' : 'make-another';
}
