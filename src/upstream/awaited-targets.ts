// Handshakes of upgrades that wait for somebody to carry them: who carried a moment ago is about to be back. They take no slot, and go
// on together once anybody is there.

export interface AwaitingTarget {
  /** Somebody is there. */
  onTarget(): void;
  /** Nobody came in time. */
  onNobody(): void;
}

export class AwaitedTargets {
  readonly #waiting = new Map<AwaitingTarget, NodeJS.Timeout | null>();

  get size(): number {
    return this.#waiting.size;
  }

  /** @param waitMs 0 = no limit */
  add(one: AwaitingTarget, waitMs: number): void {
    const timer = waitMs === 0 ? null : setTimeout(() => this.#end(one, () => one.onNobody()), waitMs);
    this.#waiting.set(one, timer);
  }

  /** Its client left. */
  cancel(one: AwaitingTarget): void {
    this.#end(one, () => {});
  }

  onTargets(): void {
    for (const one of [...this.#waiting.keys()]) this.#end(one, () => one.onTarget());
  }

  /** Nobody is waited for any more. */
  close(): void {
    for (const one of [...this.#waiting.keys()]) this.#end(one, () => one.onNobody());
  }

  #end(one: AwaitingTarget, tell: () => void): void {
    const timer = this.#waiting.get(one);
    if (timer) clearTimeout(timer);
    if (this.#waiting.delete(one)) tell();
  }
}
