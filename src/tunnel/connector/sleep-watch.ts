// Notices that this machine slept, or that this process was stopped: what was on its way then is old, the edge has given it up, and timers
// do not tell of it.
import { uptime } from 'node:os';

/** After so long an edge has dropped the connection, and answered for its requests: two probes in vain; milliseconds. */
export const sleptMs = 25_000;
const lookEveryMs = 1_000;

/** What goes on while the machine sleeps. */
export interface SleepClocks {
  /** Milliseconds; somebody may set it. */
  readonly wallMs: () => number;
  /** Milliseconds since the machine began; nobody can set it, and it costs more to ask. */
  readonly sinceBootMs: () => number;
}

export const clocksOfMachine: SleepClocks = { wallMs: () => Date.now(), sinceBootMs: () => uptime() * 1_000 };

export class SleepWatch {
  readonly #clocks: SleepClocks;
  readonly #onSlept: () => void;
  readonly #timer: NodeJS.Timeout;
  #wallMs: number;
  #sinceBootMs: number;

  /** @param onSlept called once for each time that it slept */
  constructor(onSlept: () => void, clocks: SleepClocks = clocksOfMachine) {
    this.#onSlept = onSlept;
    this.#clocks = clocks;
    this.#wallMs = clocks.wallMs();
    this.#sinceBootMs = clocks.sinceBootMs();
    this.#timer = setInterval(() => this.look(), lookEveryMs).unref();
  }

  /** Ask before something is passed on that may have waited: reading comes before timers when a process goes on. */
  look(): void {
    const wallMs = this.#clocks.wallMs();
    const goneMs = wallMs - this.#wallMs;
    if (goneMs >= 0 && goneMs < lookEveryMs) return;
    const sinceBootMs = this.#clocks.sinceBootMs();
    const hasSlept = sinceBootMs - this.#sinceBootMs > sleptMs;
    this.#wallMs = wallMs;
    this.#sinceBootMs = sinceBootMs;
    if (hasSlept) this.#onSlept();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
