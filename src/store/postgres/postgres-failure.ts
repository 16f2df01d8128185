// Every failure of PostgreSQL as an error of ours, mostly `store_unavailable`, with what an operator can do about it. Values never get into
// its text.
import { BouncerError } from '../../bouncer-error.ts';

/** Why a server did not prove its name. */
function trustHints(): Readonly<Record<string, string>> {
  const authority = "give the server's certificate authority as `store.postgres.ca_file`";
  return {
    DEPTH_ZERO_SELF_SIGNED_CERT: authority,
    SELF_SIGNED_CERT_IN_CHAIN: authority,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: authority,
    UNABLE_TO_GET_ISSUER_CERT: authority,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: authority,
    CERT_SIGNATURE_FAILURE: authority,
    CERT_HAS_EXPIRED: 'PostgreSQL needs a new certificate; or is the clock of this machine wrong?',
    CERT_NOT_YET_VALID: 'is the clock of this machine, or of the one that made the certificate, wrong?',
    ERR_TLS_CERT_ALTNAME_INVALID:
      'the certificate is for another name: use the one that it has in `store.postgres.url`',
  };
}

const hints: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is PostgreSQL running, and are host and port right?',
  ENOTFOUND: 'the host in `store.postgres.url` has no address',
  EAI_AGAIN: 'the host in `store.postgres.url` cannot be looked up at the moment',
  ETIMEDOUT: 'no answer: is a firewall in between?',
  ENOENT: 'there is no such socket: is PostgreSQL running?',
  ...trustHints(),
  '28P01': 'the password in `store.postgres.url` is not right',
  '28000': 'PostgreSQL does not let this user in from here: see its pg_hba.conf',
  '3D000': 'create the database: `createdb bouncer`',
  '42501':
    'give the user of `store.postgres.url` the right to it, or run `bouncer store migrate` as the owner',
  '42P01': 'run `bouncer store migrate`',
  '42703': 'run `bouncer store migrate`',
  '25006': 'the server takes no writes: is it a replica, or failing over?',
  '40P01': 'try again',
  '53100': 'free some space on the disk of PostgreSQL',
  '53300': 'PostgreSQL has no connection left: raise its max_connections (bouncer uses 6 a process)',
  '57014': 'PostgreSQL took too long',
  '57P03': 'PostgreSQL is starting or stopping',
};

/** What neither `pg` nor the server has a code of its own for. */
const spokenHints: readonly (readonly [said: RegExp, hint: string])[] = [
  [
    /does not support SSL/,
    'turn TLS on there (`ssl = on`), or write `?sslmode=disable` in the address where the network is yours alone',
  ],
  [
    /establishing an SSL connection/,
    'what listens there does not answer as PostgreSQL does: is the port right?',
  ],
  [/no encryption/, 'the server wants an encrypted connection: write `?sslmode=verify-full` in the address'],
  [
    /client certificate/,
    'bouncer shows no certificate of its own: let pg_hba.conf ask its user for a password (`scram-sha-256`)',
  ],
  [/password must be/, 'the server asks for a password, and `store.postgres.url` has none'],
];

/** SQLSTATEs whose messages come from the server itself and hold no value of ours; the last ones name a table or a column. */
const tellable = /^(08|0A|25|28|3D|53|55|57|58|42501|42P01|42703)/;

/** A value that it cannot keep, a broken constraint, a statement that is none: the server is well. Rights and tables may be mended. */
const ownFault = /^(22|23|42(?!501|P01|703))/;

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && /[0-9]/.test(code);
}

/**
 * @returns the error to throw: `store_unavailable`, or `internal` where asking again is no use and the store is well. Our own errors
 * pass as they are.
 */
export function storeFailure(action: string, error: unknown): BouncerError {
  if (error instanceof BouncerError) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : 'unknown failure';
  if (isSqlState(code) && ownFault.test(code))
    return new BouncerError('internal', `${action}: PostgreSQL refuses what it was asked, SQLSTATE ${code}`);
  const reason = isSqlState(code) && !tellable.test(code) ? `SQLSTATE ${code}` : message || code;
  return new BouncerError('store_unavailable', `${action}: ${reason}`, {
    // An error of the server brings the statement's values in fields of its own: nobody gets to see them.
    ...(isSqlState(code) && !tellable.test(code) ? {} : { cause: error }),
    hint: hintFor(code, message),
  });
}

function hintFor(code: string, message: string): string {
  const spoken = spokenHints.find(([said]) => said.test(message))?.[1];
  return spoken ?? hints[code] ?? 'is the PostgreSQL of `store.postgres.url` running and reachable?';
}

/** Whether a server did not prove its name: what it is held against may have changed meanwhile. */
export function isDistrust(error: unknown): boolean {
  return Object.hasOwn(trustHints(), codeOf(error));
}

/**
 * Whether nothing came of the statement because of what others did at the same moment, or because the connection was found to be idle
 * for too long (`idle_session_timeout`) before the server saw it.
 */
export function isWorthAnotherTry(error: unknown): boolean {
  return ['40P01', '40001', '57P05'].includes(codeOf(error));
}

const passing = new Set([
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EAI_AGAIN',
    'ENOTFOUND',
    'EPIPE',
  ],
  ...['57P01', '57P02', '57P03', '53300'],
]);

/** Whether a failure to connect may be over in a moment: nobody there yet, a failover. A wrong password or name stays wrong. */
export function isPassing(error: unknown): boolean {
  const cause = error instanceof BouncerError && error.cause !== undefined ? error.cause : error;
  if (passing.has(codeOf(cause))) return true;
  return cause instanceof Error && /standby|timeout|terminated/.test(cause.message);
}

/** An operator, a crash, `idle_session_timeout`, and what a pooler says when its own connection ended. */
const endedByServer = ['57P01', '57P02', '57P05', '08P01'];

/** Whether the connection ended under a question, rather than that no answer came in time. */
export function isCut(error: unknown): boolean {
  if (['ECONNRESET', 'EPIPE', ...endedByServer].includes(codeOf(error))) return true;
  return error instanceof Error && /terminated unexpectedly|not queryable/.test(error.message);
}
