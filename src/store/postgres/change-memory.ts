// What this process knows of changes to logins: which ones, and in which order they became known here. Bounded; it asks nobody.

/** The logins of the latest changes that are remembered, at about 100 bytes each. */
const capacity = 65_536;

export class ChangeMemory {
  readonly #capacity: number;
  #version = 1;
  /** What was known of a login at an earlier version than this one may be out of date. */
  #floor = 1;
  /** Login id → the version at which its last change became known; the longest unchanged first. */
  readonly #changed = new Map<string, number>();

  constructor(size = capacity) {
    this.#capacity = size;
  }

  /** Counts up with each batch of changes. */
  get version(): number {
    return this.#version;
  }

  /** @param loginIds `null` among them: any login may have changed */
  note(loginIds: readonly (string | null)[]): void {
    if (loginIds.length === 0) return;
    this.#version += 1;
    for (const id of loginIds) {
      if (id === null) {
        this.#forget();
        return;
      }
      this.#changed.delete(id);
      this.#changed.set(id, this.#version);
    }
    for (const [id, version] of this.#changed) {
      if (this.#changed.size <= this.#capacity) break;
      this.#changed.delete(id);
      this.#floor = Math.max(this.#floor, version);
    }
  }

  /** Anything may have happened. */
  noteEverything(): void {
    this.#version += 1;
    this.#forget();
  }

  #forget(): void {
    this.#changed.clear();
    this.#floor = this.#version;
  }

  isUnchangedSince(loginId: string, version: number): boolean {
    return version >= this.#floor && (this.#changed.get(loginId) ?? 0) <= version;
  }
}
