// What operators do about keys and their owners, by address: people change theirs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeHardwareKeys } from '../../../src/identity/hardware-keys/key-operations.ts';
import { erasePerson, exportPerson } from '../../../src/identity/persons/person-operations.ts';
import { createStore } from '../../../src/store/sqlite/open-sqlite-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { hardwareKey } from '../../store/hardware-key-store-contract.ts';
import { login, token } from '../../store/session-store-contract.ts';

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-keys-'));
  store = createStore(folder);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Somebody who is logged in with an address now, and has keys that were enrolled under these. */
async function person(sub: string, email: string, enrolledAs: readonly string[]) {
  const known = login();
  const identity = { ...known.identity, idp: 'company', sub, email };
  await store.sessions.createLogin({ ...known, identity }, token(), null);
  const keys = enrolledAs.map((address) => hardwareKey({ sub, email: address }));
  for (const key of keys) await store.hardwareKeys.addKey(key, 5);
  return { keys, isLoggedIn: async () => (await store.sessions.findLogin(known.id)) !== null };
}

const keyIds = async () => (await store.hardwareKeys.listKeys()).map(({ id }) => id).sort();

it('exports and erases the keys of whoever has the address now, under whichever they were enrolled', async () => {
  const ada = await person('ada', 'ada@new.example', ['ada@old.example', 'ada@new.example']);
  const bob = await person('bob', 'bob@new.example', ['bob@new.example']);
  expect((await exportPerson(store, 'Ada@new.example')).hardwareKeys).toHaveLength(2);
  expect(await erasePerson(store, 'ada@new.example')).toMatchObject({ logins: 1, hardwareKeys: 2 });
  expect([await ada.isLoggedIn(), await bob.isLoggedIn()]).toEqual([false, true]);
  expect(await keyIds()).toEqual(bob.keys.map(({ id }) => id));
});

it('leaves no login with a key that was erased under an address of before', async () => {
  const ada = await person('ada', 'ada@new.example', ['ada@old.example', 'ada@new.example']);
  expect(await erasePerson(store, 'ada@old.example')).toMatchObject({ logins: 1, hardwareKeys: 1 });
  expect(await ada.isLoggedIn()).toBe(false);
  expect(await keyIds()).toEqual([ada.keys[1]?.id]);
});

it('removes the keys of a person as of whoever is logged in, and has somebody tell their address of now', async () => {
  const ada = await person('ada', 'ada@new.example', ['ada@old.example']);
  await person('bob', 'bob@new.example', ['bob@new.example']);
  expect(await removeHardwareKeys(store, { email: 'ada@new.example' })).toEqual(ada.keys);
  expect(await ada.isLoggedIn()).toBe(false);
  const acts = (await store.acts.takeActs()).map((act) => JSON.parse(act));
  expect(acts).toMatchObject([{ kind: 'hardware_key_removed', sub: 'ada', email: 'ada@new.example' }]);
});

it('removes one key by its id, and says nothing of what was not there', async () => {
  const { keys } = await person('ada', 'ada@new.example', ['ada@new.example', 'ada@new.example']);
  expect(await removeHardwareKeys(store, { id: keys[0]?.id ?? '' })).toEqual([keys[0]]);
  expect(await removeHardwareKeys(store, { id: keys[0]?.id ?? '' })).toEqual([]);
  expect(await keyIds()).toEqual([keys[1]?.id]);
  expect(await store.acts.takeActs()).toHaveLength(1);
});
