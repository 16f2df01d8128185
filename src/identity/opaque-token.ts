// Random tokens that browsers hold, and the hashes under which the store knows them. Tokens never get into a log or an error.
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits as base64url: 43 characters. */
export function createToken(): string {
  return randomBytes(32).toString('base64url');
}

/** 128 random bits as base64url, for ids that need not be secret but must not collide. None reads as an option on a command line. */
export function createId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? createId() : id;
}

/** Whether a text could be a token of {@link createToken}: nothing else is worth a look-up. */
export function isTokenShaped(text: string): boolean {
  return text.length === 43 && /^[A-Za-z0-9_-]{43}$/.test(text);
}

/** The SHA-256 under which a token is stored and looked up, base64url. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'base64url');
}

/** Compares two secrets in a time that does not tell how much of them agrees. */
export function isSameSecret(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}

/** The short hash of a login's id for logs and lists. Its own label keeps it apart from every other hash. */
export function logIdOf(loginId: string): string {
  return hash('sha256', `bouncer/session-log-id\n${loginId}`, 'base64url').slice(0, 12);
}
