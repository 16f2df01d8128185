// Of the removals that a person asks for in one moment one is done: two at once would each see the other's key, and leave none.
import { hashToken } from '../opaque-token.ts';
import type { LoginContext } from './login-context.ts';
import type { LoginStep } from './login-step.ts';

/** Longer than a removal takes, and shorter than the login that the next one needs: a removal ends all logins of the person. */
const claimMs = 10_000;

/**
 * Looks at what is to go, and again once no other removal is under way at whatever process.
 *
 * @param of who it is, and which of their things
 * @param look what is to go, or why it stays
 * @returns what the last look found; `null` while another removal is under way
 * @throws BouncerError `store_unavailable`
 */
export async function claimRemoval<Removed extends object>(
  { store }: Pick<LoginContext, 'store'>,
  of: readonly ['hardware-key' | 'passkey', ...person: string[]],
  look: () => Promise<Removed | LoginStep>,
): Promise<Removed | LoginStep | null> {
  const found = await look();
  if ('kind' in found) return found;
  const nowMs = store.now();
  const key = `removal:${hashToken(JSON.stringify(of))}`;
  return (await store.once.mark(key, nowMs + claimMs, nowMs)) ? look() : null;
}
