// The sessions that this process has resolved lately, by token hash, bounded. It only remembers: sessions.ts judges.

/** A least-recently-used memory in two generations: a read of the young one moves nothing. */
export class SessionCache<T> {
  readonly #generationSize: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  /** @param capacity how many are kept at most */
  constructor(capacity: number) {
    this.#generationSize = Math.max(1, Math.ceil(capacity / 2));
  }

  get(key: string): T | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: T): void {
    if (this.#young.size >= this.#generationSize && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
