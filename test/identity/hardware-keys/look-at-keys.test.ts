// What is said of keys and passkeys that were enrolled for another host than that of now.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { looksAtKeys } from '../../../src/identity/hardware-keys/look-at-keys.ts';
import type { Settings } from '../../../src/settings/settings.ts';
import { createStore } from '../../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { hardwareKey } from '../../store/hardware-key-store-contract.ts';
import { passkey } from '../../store/passkey-store-contract.ts';

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-look-'));
  store = createStore(folder);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const settings = {
  hardwareKeys: { rpId: 'new.example.com' },
  identityProviders: [{ type: 'passkey', rpId: 'new.example.com' }],
} as unknown as Settings;
const look = () => Promise.all(looksAtKeys(store, settings));

it('finds nothing where all are enrolled for the host of now, or before that was kept', async () => {
  await store.hardwareKeys.addKey(hardwareKey({ rpId: 'new.example.com' }), 5);
  await store.hardwareKeys.addKey(hardwareKey({ rpId: null }), 5);
  await store.passkeys.addPasskey(passkey({ rpId: 'new.example.com' }));
  expect(await look()).toEqual([
    { about: 'hardware keys', seen: '2 keys enrolled', findings: [] },
    { about: 'passkeys', seen: '1 passkey enrolled', findings: [] },
  ]);
});

it('counts keys and people for each other host, and says the way out', async () => {
  for (const sub of ['alice', 'alice', 'bob'])
    await store.hardwareKeys.addKey(hardwareKey({ sub, rpId: 'old.example.com' }), 5);
  await store.hardwareKeys.addKey(hardwareKey({ sub: 'bob', rpId: 'older.example.com' }), 5);
  await store.passkeys.addPasskey(passkey({ rpId: 'example.com' }));
  const [keys, passkeys] = await look();
  expect(keys?.findings.map(({ cause }) => cause).sort()).toEqual([
    '1 key of 1 person was enrolled for `older.example.com` and cannot be used for `new.example.com`',
    '3 keys of 2 people were enrolled for `old.example.com` and cannot be used for `new.example.com`',
  ]);
  expect(passkeys?.findings).toEqual([
    {
      severity: 'warning',
      code: 'keys-of-another-host',
      cause: '1 passkey of 1 person was enrolled for `example.com` and cannot be used for `new.example.com`',
      hint: 'set the `rp_id` of `type: passkey` or `auth_url` back, or remove these (`bouncer passkey list`, `bouncer passkey remove`) and let the people enrol anew (`bouncer passkey invite`)',
    },
  ]);
});

it('looks at nothing that the settings do not have', () => {
  const none = { hardwareKeys: null, identityProviders: [] } as unknown as Settings;
  expect(looksAtKeys(store, none)).toEqual([]);
});
