// Where the demonstration's identity provider keeps its sessions, codes and grants: in memory, gone with the process.

interface Stored {
  readonly payload: Record<string, unknown>;
  readonly expiresAtMs: number;
}

/** oidc-provider's adapter contract, one class for one provider: every model shares the same map. */
export function createProviderStorage(now: () => number): new (model: string) => object {
  const entries = new Map<string, Stored>();

  return class ProviderStorage {
    readonly #model: string;

    constructor(model: string) {
      this.#model = model;
    }

    async upsert(id: string, payload: Record<string, unknown>, expiresInSeconds: number): Promise<void> {
      const nowMs = now();
      for (const [key, { expiresAtMs }] of entries) if (expiresAtMs <= nowMs) entries.delete(key);
      entries.set(this.#key(id), { payload, expiresAtMs: nowMs + (expiresInSeconds || 3600) * 1000 });
    }

    async find(id: string): Promise<Record<string, unknown> | undefined> {
      return this.#read(this.#key(id));
    }

    async findByUid(uid: string): Promise<Record<string, unknown> | undefined> {
      return this.#search('uid', uid);
    }

    async findByUserCode(userCode: string): Promise<Record<string, unknown> | undefined> {
      return this.#search('userCode', userCode);
    }

    async consume(id: string): Promise<void> {
      const payload = this.#read(this.#key(id));
      if (payload !== undefined) payload['consumed'] = Math.floor(now() / 1000);
    }

    async destroy(id: string): Promise<void> {
      entries.delete(this.#key(id));
    }

    async revokeByGrantId(grantId: string): Promise<void> {
      for (const [key, { payload }] of entries) if (payload['grantId'] === grantId) entries.delete(key);
    }

    #key(id: string): string {
      return `${this.#model}:${id}`;
    }

    #read(key: string): Record<string, unknown> | undefined {
      const stored = entries.get(key);
      return stored !== undefined && stored.expiresAtMs > now() ? stored.payload : undefined;
    }

    #search(field: string, value: string): Record<string, unknown> | undefined {
      for (const key of entries.keys()) {
        if (!key.startsWith(`${this.#model}:`)) continue;
        const payload = this.#read(key);
        if (payload?.[field] === value) return payload;
      }
      return undefined;
    }
  };
}
