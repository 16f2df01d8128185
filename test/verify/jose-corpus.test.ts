// Published JOSE vectors against the two stages that stand between a token and its claims. The vectors' payloads are no claims, so
// the last stage would refuse them all: what is measured here is the form and the signature.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactVerify, createLocalJWKSet, type JWK } from 'jose';
import { describe, expect, test } from 'vitest';
import { checkCompactForm, checkHeader } from '../../src/verify/token-form.ts';

const folder = join(
  process.env['BOUNCER_CORPORA'] ?? join(import.meta.dirname, '../../../shared/corpora'),
  'jwt',
);
const isThere = existsSync(folder);
if (!isThere) console.warn(`skipped: the JOSE vectors are not in ${folder}`);

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly jws?: unknown;
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly keys: readonly JWK[];
}

function readVectors(): readonly Vector[] {
  return ['signature', 'crypto', 'key'].flatMap((part) => {
    const file = JSON.parse(readFileSync(join(folder, `wycheproof-json_web_${part}_test.json`), 'utf8'));
    return file.testGroups.flatMap(
      (group: { public?: unknown; private?: unknown; tests: Omit<Vector, 'keys'>[] }) =>
        group.tests.map((vector) => ({ ...vector, keys: readKeys(group.public ?? group.private) })),
    );
  });
}

function readKeys(value: unknown): readonly JWK[] {
  const keys = (value as { keys?: JWK[] } | undefined)?.keys ?? [value as JWK];
  return keys.map(({ d, ...key }) => key);
}

/** As the verifier does it; the type is added to the rule, since the vectors are JWS and no JWT. */
async function passesSignature({ jws, keys }: Vector): Promise<boolean> {
  try {
    checkCompactForm(jws);
    await compactVerify(String(jws), createLocalJWKSet({ keys: [...keys] }), { algorithms: ['ES256'] });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!isThere)('published JOSE vectors', () => {
  test('no invalid one passes form and signature, and every valid ES256 one does', async () => {
    const vectors = readVectors();
    const passed = new Set<Vector>();
    for (const vector of vectors) if (await passesSignature(vector)) passed.add(vector);
    const wrong = [...passed].filter((vector) => vector.result === 'invalid');
    expect(wrong.map(({ tcId, comment }) => `${tcId} ${comment}`)).toEqual([]);
    const isES256 = ({ jws, keys }: Vector) =>
      String(jws).startsWith('ey') &&
      JSON.parse(Buffer.from(String(jws).split('.')[0] ?? '', 'base64url').toString())?.alg === 'ES256' &&
      keys.length === 1;
    const valid = vectors.filter((vector) => vector.result === 'valid' && isES256(vector));
    expect(valid.length).toBeGreaterThan(0);
    expect(
      valid.filter((vector) => !passed.has(vector)).map(({ tcId, comment }) => `${tcId} ${comment}`),
    ).toEqual([]);
    expect(vectors.length).toBeGreaterThan(400);
  });

  test('none of them, valid or not, is an assertion', () => {
    for (const { jws } of readVectors())
      expect(() => checkHeader(checkCompactForm(jws))).toThrow(/assertion|algorithm|type|key/);
  });
});
