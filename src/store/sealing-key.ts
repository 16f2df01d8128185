// The key under which login state is sealed: made by the first process that needs it, the same for all of the store.
import { randomBytes } from 'node:crypto';
import { BouncerError } from '../bouncer-error.ts';
import type { SecretStore } from './secret-store.ts';

const name = 'sealing';
const keyBytes = 32;

/**
 * @returns 32 random bytes
 * @throws BouncerError `store_unavailable`
 */
export async function sealingKeyOf(secrets: SecretStore): Promise<Uint8Array> {
  let key = await secrets.findSecret(name);
  if (key === null) {
    await secrets.addSecret(name, randomBytes(keyBytes));
    key = await secrets.findSecret(name);
  }
  if (key?.length !== keyBytes)
    throw new BouncerError('store_unavailable', 'the sealing key in the session store is damaged');
  return key;
}
