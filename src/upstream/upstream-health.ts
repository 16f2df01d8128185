// What is known of whether an application's upstreams are up, and the log's word of it. It takes nothing out of use: upstream-choice.ts
// looks whether anybody is down.
import type { UpstreamOptions } from '../rules/model/compiled-rules.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { errorCode } from './dispatch-error.ts';
import { startHealthChecks } from './health-check.ts';
import type { UpstreamTarget } from './upstream-target.ts';

export interface UpstreamHealthParts {
  readonly application: string;
  readonly telemetry: Pick<Telemetry, 'event'>;
}

export class UpstreamHealth {
  readonly #application: string;
  readonly #telemetry: Pick<Telemetry, 'event'>;
  readonly #targets: () => readonly UpstreamTarget[];
  #isAnyDown = false;
  /** What the log says to be down, by its text. */
  readonly #toldDown = new Set<string>();
  #stopChecks: () => void = () => {};

  /** @param targets those that take requests at the moment; not asked for before something happens */
  constructor({ application, telemetry }: UpstreamHealthParts, targets: () => readonly UpstreamTarget[]) {
    this.#application = application;
    this.#telemetry = telemetry;
    this.#targets = targets;
  }

  /** False: all are up. True: it is worth asking each. */
  get isAnyDown(): boolean {
    return this.#isAnyDown;
  }

  /** Begin with the active checks. */
  startChecks(options: UpstreamOptions): void {
    this.#stopChecks = startHealthChecks(this.#targets, options, (target, cause) =>
      this.#onProbe(target, cause),
    );
  }

  stopChecks(): void {
    this.#stopChecks();
  }

  /** The address answered with a head. */
  onAnswer(target: UpstreamTarget): void {
    if (!target.onAnswer()) return;
    const nowMs = performance.now();
    this.#isAnyDown = this.#targets().some((one) => !one.isUp(nowMs));
    this.#report(target, null);
  }

  /** The address gave no answer: no connection, or nothing came over it. */
  onMissing(target: UpstreamTarget, kind: 'connect' | 'answer', error: unknown): void {
    if (target.onMissing(performance.now(), kind)) {
      this.#isAnyDown = true;
      this.#report(target, errorCode(error) || 'no answer');
    }
  }

  /** Somebody came, or went: what was down may be up without those that left. */
  onTargets(): void {
    for (const text of this.#toldDown) {
      if (this.#targets().some((target) => target.text === text)) this.#tellUp(text);
      else this.#toldDown.delete(text);
    }
  }

  #onProbe(target: UpstreamTarget, cause: string | null): void {
    if (cause !== null) this.#isAnyDown = true;
    if (target.onProbe(cause === null ? 'up' : 'down')) this.#report(target, cause);
  }

  /** Several connections of one connector are one upstream to whoever reads it: the first that is down is told, and the last that is up. */
  #report({ text }: UpstreamTarget, cause: string | null): void {
    if (cause === null) {
      this.#tellUp(text);
      return;
    }
    if (this.#toldDown.has(text)) return;
    this.#toldDown.add(text);
    this.#telemetry.event('upstream_unhealthy', { application: this.#application, upstream: text, cause });
  }

  #tellUp(text: string): void {
    if (this.#targets().some((target) => target.text === text && target.isDown)) return;
    if (this.#toldDown.delete(text))
      this.#telemetry.event('upstream_healthy', { application: this.#application, upstream: text });
  }
}
