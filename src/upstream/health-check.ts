// Active health checks: asks each address for the configured path again and again. It reports; it takes nothing out of use.
import type { UpstreamOptions } from '../rules/model/compiled-rules.ts';
import { errorCode } from './dispatch-error.ts';
import { authorityOf } from './open-socket.ts';
import {
  type UpstreamHandler,
  type UpstreamResponseHead,
  type UpstreamStream,
  withoutBody,
} from './upstream-exchange.ts';
import type { UpstreamTarget } from './upstream-target.ts';

/** What a check found: `null` healthy, else why not. */
export type OnProbe = (target: UpstreamTarget, cause: string | null) => void;

/**
 * Ask every address for `healthCheck.path` each `intervalMs`: below 400 is healthy.
 *
 * @returns stops the checks
 */
export function startHealthChecks(
  targets: readonly UpstreamTarget[],
  options: UpstreamOptions,
  onProbe: OnProbe,
): () => void {
  const check = options.healthCheck;
  if (check === null) return () => {};
  const probes = new Map<UpstreamTarget, Probe>();
  const ask = (): void => {
    for (const target of targets) {
      if (probes.has(target)) continue;
      const probe = new Probe(check.timeoutMs, (cause) => {
        probes.delete(target);
        if (!isStopped) onProbe(target, cause);
      });
      probes.set(target, probe);
      probe.start(target, check.path);
    }
  };
  let isStopped = false;
  const timer = setInterval(ask, check.intervalMs);
  timer.unref();
  ask();
  return () => {
    isStopped = true;
    clearInterval(timer);
    for (const probe of probes.values()) probe.stop();
  };
}

class Probe implements UpstreamHandler {
  readonly #done: (cause: string | null) => void;
  readonly #timer: NodeJS.Timeout;
  #stream: UpstreamStream | null = null;
  #isDone = false;

  constructor(timeoutMs: number, done: (cause: string | null) => void) {
    this.#done = done;
    this.#timer = setTimeout(() => this.#finish('no answer in time'), timeoutMs);
    this.#timer.unref();
  }

  start(target: UpstreamTarget, path: string): void {
    const headers = [
      'Host',
      authorityOf(target.address),
      'User-Agent',
      'bouncer-health-check',
      'Accept',
      '*/*',
    ];
    const times = { responseTimeoutMs: 0, idleTimeoutMs: 0 };
    this.#stream = target.requests.send({ path, method: 'GET', headers, ...withoutBody, ...times }, this);
  }

  stop(): void {
    this.#finish('stopped');
  }

  onBodyWanted(): void {}

  onDrain(): void {}

  onInterim(): void {}

  onHead({ status }: UpstreamResponseHead): void {
    this.#settle(status < 400 ? null : `answered ${status}`);
  }

  onData(): void {}

  onEnd(): void {
    this.#stream = null;
  }

  onError(error: Error): void {
    this.#stream = null;
    this.#settle(errorCode(error) || error.message);
  }

  #finish(cause: string): void {
    this.#settle(cause);
    this.#stream?.abort();
  }

  #settle(cause: string | null): void {
    if (this.#isDone) return;
    this.#isDone = true;
    clearTimeout(this.#timer);
    this.#done(cause);
  }
}
