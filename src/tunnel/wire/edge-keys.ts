// The keys of all edges of a store: the one that they show, and the one that they will show next, whose pin connectors learn beforehand.
// In the store they are one secret, sealed like the others.
import { BouncerError } from '../../bouncer-error.ts';
import { parseRecord } from '../../source/is-record.ts';
import type { SecretStore } from '../../store/secret-store.ts';
import { createEdgeKeyText, type EdgeKey, edgeKeyOf } from './edge-certificate.ts';

const secretName = 'tunnel-edge';

export interface EdgeKeys {
  readonly current: EdgeKey;
  readonly next: EdgeKey;
}

/** Current first. */
export function pinsOf({ current, next }: EdgeKeys): readonly string[] {
  return [current.pin, next.pin];
}

/** The keys, made when nobody did before. @throws BouncerError `store_unavailable` */
export async function readEdgeKeys(secrets: SecretStore): Promise<EdgeKeys> {
  const found = await secrets.findSecret(secretName);
  if (found !== null) return parseKeys(found);
  await secrets.addSecret(secretName, textOf(createEdgeKeyText(), createEdgeKeyText()));
  const made = await secrets.findSecret(secretName);
  if (made === null)
    throw new BouncerError('store_unavailable', 'the keys of the edge cannot be kept in the store');
  return parseKeys(made);
}

/**
 * The next key takes over, and another becomes the next.
 *
 * @returns false when another process did so at the same time
 * @throws BouncerError `store_unavailable`
 */
export async function rotateEdgeKeys(secrets: SecretStore): Promise<boolean> {
  const before = await secrets.findSecret(secretName);
  if (before === null) {
    await readEdgeKeys(secrets);
    return true;
  }
  const [, next] = textsOf(before);
  return secrets.replaceSecret(secretName, before, textOf(next, createEdgeKeyText()));
}

function textOf(current: string, next: string): Uint8Array {
  return Buffer.from(JSON.stringify({ current, next }), 'utf8');
}

function textsOf(secret: Uint8Array): readonly [current: string, next: string] {
  const value = parseRecord(Buffer.from(secret).toString('utf8'));
  if (typeof value?.['current'] === 'string' && typeof value['next'] === 'string')
    return [value['current'], value['next']];
  throw new BouncerError('store_unavailable', 'the keys of the edge in the store are damaged', {
    hint: 'restore the store from a backup; without them every connector has to join again',
  });
}

function parseKeys(secret: Uint8Array): EdgeKeys {
  const [current, next] = textsOf(secret);
  return { current: edgeKeyOf(current), next: edgeKeyOf(next) };
}
