// The key store port in memory, for tests of rotation: it can be told to fail, and counts its changes.

import { BouncerError } from '../../src/bouncer-error.ts';
import type { KeyStore, StoredKey } from '../../src/store/key-store.ts';
import type { SecretStore } from '../../src/store/secret-store.ts';

export class MemoryKeyStore implements KeyStore {
  readonly keys = new Map<string, StoredKey>();
  isBroken = false;
  #version = 0;

  listKeys(): readonly StoredKey[] {
    this.#check();
    return [...this.keys.values()].sort((a, b) => a.createdAtMs - b.createdAtMs);
  }

  addKey(key: StoredKey): boolean {
    this.#check();
    if (this.keys.has(key.kid)) return false;
    this.keys.set(key.kid, key);
    this.#version += 1;
    return true;
  }

  updateKey(kid: string, change: Partial<Pick<StoredKey, 'signsFromMs' | 'retiredAtMs'>>): boolean {
    this.#check();
    const key = this.keys.get(kid);
    if (key === undefined) return false;
    this.keys.set(kid, { ...key, ...change });
    this.#version += 1;
    return true;
  }

  replacePrivateJwk(kid: string, expected: string, privateJwk: string): boolean {
    this.#check();
    const key = this.keys.get(kid);
    if (key?.privateJwk !== expected) return false;
    this.keys.set(kid, { ...key, privateJwk });
    this.#version += 1;
    return true;
  }

  removeKey(kid: string): boolean {
    this.#check();
    this.#version += 1;
    return this.keys.delete(kid);
  }

  keysVersion(): number {
    this.#check();
    return this.#version;
  }

  #check(): void {
    if (this.isBroken) throw new BouncerError('store_unavailable', 'the store is broken on purpose');
  }
}

/** Secrets in memory. */
export function memorySecrets(): SecretStore {
  const secrets = new Map<string, Uint8Array>();
  return {
    findSecret: (name) => secrets.get(name) ?? null,
    addSecret(name, value) {
      if (secrets.has(name)) return false;
      secrets.set(name, value);
      return true;
    },
    replaceSecret(name, expected, value) {
      const known = secrets.get(name);
      if (known === undefined || !Buffer.from(known).equals(expected)) return false;
      secrets.set(name, value);
      return true;
    },
  };
}
