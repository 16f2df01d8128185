// Bounds how long the requests of one turn of the event loop may take, so that new connections, timers and the management listener
// get theirs however many clients ask at once. The runtime takes one connection a turn, and answers every readable one in it.

/** How long requests may keep a turn busy, milliseconds, before the others wait for the next one. */
const turnMs = 5;

/** Runs what it is given at once, or in order of clients in one of the next turns. */
export class TurnQueue {
  #startedMs = -1;
  /** By client; who waits longest is first. */
  readonly #waiting = new Map<string, { readonly tasks: (() => void)[]; next: number }>();

  /** @param clientOf whose turn it is; only asked when there is a queue */
  run(task: () => void, clientOf: () => string): void {
    if (this.#waiting.size === 0 && this.#hasTime()) {
      task();
      return;
    }
    const client = clientOf();
    const line = this.#waiting.get(client);
    if (line === undefined) this.#waiting.set(client, { tasks: [task], next: 0 });
    else line.tasks.push(task);
  }

  #hasTime(): boolean {
    const nowMs = performance.now();
    if (this.#startedMs !== -1) return nowMs - this.#startedMs < turnMs;
    this.#startedMs = nowMs;
    setImmediate(this.#nextTurn);
    return true;
  }

  readonly #nextTurn = (): void => {
    this.#startedMs = -1;
    while (this.#waiting.size > 0 && this.#hasTime()) {
      for (const [client, line] of this.#waiting) {
        // One of each client in turn: who asks much waits behind who asks little.
        const task = line.tasks[line.next++];
        this.#waiting.delete(client);
        if (line.next < line.tasks.length) this.#waiting.set(client, line);
        task?.();
        break;
      }
    }
  };
}
