// Who holds how many of a number of places. One client, login or token gets its share and no more, so that the others find some free.
export class RequesterShares {
  readonly #most: number;
  readonly #held = new Map<string, number>();

  /** @param most places of one requester */
  constructor(most: number) {
    this.#most = most;
  }

  /** Whether it may have one more. `null`: nobody knows who it is, and it has no share. */
  hasRoom(requester: string | null): boolean {
    return requester === null || (this.#held.get(requester) ?? 0) < this.#most;
  }

  take(requester: string | null): void {
    if (requester !== null) this.#held.set(requester, (this.#held.get(requester) ?? 0) + 1);
  }

  give(requester: string | null): void {
    if (requester === null) return;
    const left = (this.#held.get(requester) ?? 0) - 1;
    if (left > 0) this.#held.set(requester, left);
    else this.#held.delete(requester);
  }
}
