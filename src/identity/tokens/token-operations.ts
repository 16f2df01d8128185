// What an operator does with service tokens from the command line, through the store, whether bouncer is running or not.
import { BouncerError } from '../../bouncer-error.ts';
import { ownTokenPrefix } from '../../http/own-token.ts';
import type { ListedToken, StoredToken, TokenStore } from '../../store/token-store.ts';
import { hashToken } from '../opaque-token.ts';
import { createClientId, createSecret } from './service-secret.ts';

/** A token with a secret that nobody can see again. */
export interface IssuedToken {
  readonly token: StoredToken;
  readonly secret: string;
}

export interface TokenOrder {
  readonly name: string;
  /** `null`: all applications. */
  readonly applications: readonly string[] | null;
  /** How long it lives, milliseconds; `null`: without an end. */
  readonly lifetimeMs: number | null;
}

export interface RotationOrder {
  readonly name: string;
  /** How long the secrets so far go on, milliseconds. */
  readonly keepMs: number;
  /** A new end of the token, from now; `undefined`: the one that it has. */
  readonly lifetimeMs: number | undefined;
}

/** Letters, digits and `._-`: it stands in rules, logs, assertions and headers. No address of a person can look like it. */
const nameForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** @throws BouncerError `usage` for a name that cannot be one or is taken; `store_unavailable` */
export async function issueToken(store: TokenStore, order: TokenOrder, nowMs: number): Promise<IssuedToken> {
  const { name, applications, lifetimeMs } = order;
  if (!nameForm.test(name))
    throw new BouncerError('usage', 'that cannot be the name of a token', {
      hint: 'use 1 to 64 letters, digits, `.`, `_` and `-`, and begin with a letter or a digit: `ci`, `backup-nas`',
    });
  const secret = createSecret();
  const token: StoredToken = {
    ...{ id: createClientId(), name, applications, revision: 1, createdAtMs: nowMs },
    expiresAtMs: lifetimeMs === null ? null : nowMs + lifetimeMs,
  };
  const first = { hash: hashToken(secret), createdAtMs: nowMs, endsAtMs: null };
  if (await store.createToken(token, first)) return { token, secret };
  throw new BouncerError('usage', `there is a token \`${name}\` already`, {
    hint: `\`bouncer token rotate ${name}\` gives it a second secret; \`bouncer token revoke ${name}\` ends it`,
  });
}

/**
 * Gives a token a second secret, and the first an end.
 *
 * @throws BouncerError `usage` when there is no such token, or it would have ended before; `store_unavailable`
 */
export async function rotateToken(
  store: TokenStore,
  { name, keepMs, lifetimeMs }: RotationOrder,
  nowMs: number,
): Promise<IssuedToken> {
  const { token } = await findToken(store, name);
  if (lifetimeMs === undefined && token.expiresAtMs !== null && token.expiresAtMs <= nowMs)
    throw new BouncerError('usage', `the token \`${name}\` has ended, and a new secret would end with it`, {
      hint: `give it a new end: \`bouncer token rotate ${name} --expires 90d\``,
    });
  const secret = createSecret();
  const expiresAtMs = lifetimeMs === undefined ? undefined : nowMs + lifetimeMs;
  const second = { hash: hashToken(secret), createdAtMs: nowMs, endsAtMs: null };
  if (!(await store.addSecret(token.id, second, nowMs + keepMs, expiresAtMs))) throw noSuchToken(name, []);
  return {
    token: {
      ...token,
      revision: token.revision + 1,
      expiresAtMs: expiresAtMs === undefined ? token.expiresAtMs : expiresAtMs,
    },
    secret,
  };
}

/** Ends a token with all its secrets: within a second, streams included. @throws BouncerError `usage`, `store_unavailable` */
export async function revokeToken(store: TokenStore, name: string): Promise<void> {
  const { token } = await findToken(store, name);
  await store.removeToken(token.id);
}

async function findToken(store: TokenStore, name: string): Promise<ListedToken> {
  const all = await store.list();
  const found = all.find(({ token }) => token.name === name || token.id === name);
  if (found === undefined)
    throw noSuchToken(
      name,
      all.map(({ token }) => token.name),
    );
  return found;
}

function noSuchToken(name: string, names: readonly string[]): BouncerError {
  // What is not the name of a token may be a secret that was pasted.
  const told = nameForm.test(name) && !name.startsWith(ownTokenPrefix) ? ` \`${name}\`` : ' of that name';
  return new BouncerError('usage', `there is no token${told}`, {
    hint:
      names.length === 0
        ? 'there is none yet: `bouncer token create NAME`'
        : `there are: ${names.join(', ')}`,
  });
}
