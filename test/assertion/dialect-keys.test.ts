import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createDialects } from '../../src/assertion/create-dialects.ts';
import { makeDialectJwk } from '../../src/assertion/dialect-key.ts';
import {
  listDialectKeys,
  maintainDialectKeys,
  rotateDialectKeys,
  type ScheduledDialectKey,
} from '../../src/assertion/dialect-keys.ts';
import { publishAheadMs, signingKeyAt, signingPeriodMs } from '../../src/assertion/key-schedule.ts';
import type { TokenDialect } from '../../src/http/dialects.ts';
import type { SecretStore } from '../../src/store/secret-store.ts';
import { day, hour, minute, recordEvents, settingsOf, startMs } from './assertion-fixture.ts';
import { memorySecrets } from './memory-key-store.ts';

const lifetimeMs = 5 * minute;
const maintain = (secrets: SecretStore, nowMs: number, dialect: TokenDialect = 'pomerium') =>
  maintainDialectKeys(secrets, dialect, lifetimeMs, nowMs);
const idsOf = (keys: readonly { readonly kid: string }[]): readonly string[] => keys.map(({ kid }) => kid);

function isSignedBy(token: string, { publicJwk }: ScheduledDialectKey): boolean {
  const [head, body, signature] = token.split('.');
  const key = createPublicKey({ key: { ...publicJwk }, format: 'jwk' });
  const bytes = Buffer.from(signature ?? '', 'base64url');
  return verify('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' }, bytes);
}

describe('the keys of a dialect', () => {
  test.each(['cloudflare', 'pomerium'] as const)(
    'of %s sign what their public half verifies',
    async (dialect) => {
      const keys = await maintain(memorySecrets(), startMs, dialect);
      expect(keys).toHaveLength(1);
      for (const key of keys) {
        expect(isSignedBy(key.sign({ sub: 'alice' }), key)).toBe(true);
        expect(Object.keys(key.publicJwk)).not.toContain('d');
      }
    },
  );

  test('sign for thirty days; the next one is published before it signs, and the old one stays while what it signed is valid', async () => {
    const secrets = memorySecrets();
    const first = idsOf(await maintain(secrets, startMs));
    expect(idsOf(await maintain(secrets, startMs + signingPeriodMs - publishAheadMs - 1))).toEqual(first);
    const published = await maintain(secrets, startMs + signingPeriodMs - publishAheadMs);
    expect(published).toHaveLength(2);
    const takesOverMs = startMs + signingPeriodMs;
    expect(signingKeyAt(published, takesOverMs - 1)?.kid).toBe(first[0]);
    expect(signingKeyAt(published, takesOverMs)?.kid).toBe(published[1]?.kid);
    expect(await maintain(secrets, takesOverMs + lifetimeMs + hour - 1)).toHaveLength(2);
    expect(idsOf(await maintain(secrets, takesOverMs + lifetimeMs + hour))).toEqual([published[1]?.kid]);
  });

  test('are the same for processes that begin at once, and for those that rotate at once', async () => {
    const secrets = memorySecrets();
    const started = await Promise.all([1, 2, 3].map(() => maintain(secrets, startMs)));
    expect(new Set(started.map((keys) => idsOf(keys).join())).size).toBe(1);
    const rotated = await Promise.all(
      [1, 2, 3].map(() => rotateDialectKeys(secrets, 'pomerium', startMs + day)),
    );
    expect(new Set(rotated.map((key) => key?.kid)).size).toBe(1);
    expect(await listDialectKeys(secrets, 'pomerium')).toHaveLength(2);
    expect(rotated[0]?.signsFromMs).toBeGreaterThanOrEqual(startMs + day + publishAheadMs);
  });

  test('are not made by a rotation where no application speaks it', async () => {
    const secrets = memorySecrets();
    expect(await rotateDialectKeys(secrets, 'cloudflare', startMs)).toBeNull();
    expect(await listDialectKeys(secrets, 'cloudflare')).toEqual([]);
  });

  test('go on with the one key that a store had before keys rotated, until the next one signs', async () => {
    const secrets = memorySecrets();
    await secrets.addSecret(
      'dialect-pomerium',
      Buffer.from(JSON.stringify(await makeDialectJwk('pomerium'))),
    );
    const [old] = await listDialectKeys(secrets, 'pomerium');
    const keys = await maintain(secrets, startMs);
    expect(keys).toHaveLength(2);
    expect(signingKeyAt(keys, startMs)?.kid).toBe(old?.kid);
    expect(signingKeyAt(keys, startMs + 2 * hour)?.kid).not.toBe(old?.kid);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['an empty list', '{"keys": []}'],
    ['a list of something else', '{"keys": [1]}'],
    ['a key of another dialect', null],
  ])('that are %s are said to be damaged, and nothing of them is quoted', async (_, text) => {
    const secrets = memorySecrets();
    const other = JSON.stringify({ jwk: await makeDialectJwk('cloudflare'), signsFromMs: 0, createdAtMs: 0 });
    await secrets.addSecret('dialect-pomerium', Buffer.from(text ?? `{"keys": [${other}]}`));
    const failed = await maintain(secrets, startMs).catch((error: unknown) => error);
    expect(failed).toMatchObject({
      code: 'store_unavailable',
      message: 'the keys of `pomerium` in the store are damaged',
    });
  });

  test('of one dialect that are damaged keep nobody from looking after those of the other', async () => {
    const secrets = memorySecrets();
    let nowMs = startMs;
    const dialects = createDialects({
      secrets,
      settings: () => settingsOf(),
      telemetry: recordEvents(),
      now: () => nowMs,
    });
    const names = ['cloudflare', 'pomerium'] as const;
    for (const name of names) await dialects.prepare({ dialects: [{ name, audience: null }] });
    const known = await secrets.findSecret('dialect-cloudflare');
    await secrets.replaceSecret('dialect-cloudflare', known ?? Buffer.alloc(0), Buffer.from('{'));
    nowMs += signingPeriodMs - publishAheadMs;
    await expect(dialects.maintain()).rejects.toThrow('the keys of `cloudflare` in the store are damaged');
    expect(names.map((name) => dialects.jwks(name, nowMs).keys.length)).toEqual([1, 2]);
  });
});
