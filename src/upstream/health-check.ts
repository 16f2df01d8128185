// Active health checks: asks each address for the configured path again and again. It reports; it takes nothing out of use.
import type { Dispatcher } from 'undici';
import type { UpstreamOptions } from '../rules/model/compiled-rules.ts';
import { errorCode } from './dispatch-error.ts';
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

class Probe implements Dispatcher.DispatchHandler {
  readonly #done: (cause: string | null) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | null = null;
  #isDone = false;

  constructor(timeoutMs: number, done: (cause: string | null) => void) {
    this.#done = done;
    this.#timer = setTimeout(() => this.#finish('no answer in time'), timeoutMs);
    this.#timer.unref();
  }

  start(target: UpstreamTarget, path: string): void {
    target.requests.dispatch(
      {
        path,
        method: 'GET',
        headers: ['Host', hostOf(target), 'User-Agent', 'bouncer-health-check', 'Accept', '*/*'],
        servername: target.serverName,
      } as Dispatcher.DispatchOptions,
      this,
    );
  }

  stop(): void {
    this.#finish('stopped');
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isDone) controller.abort(new Error('the health check is over'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    if (status >= 200) this.#settle(status < 400 ? null : `answered ${status}`);
  }

  onResponseData(): void {}

  onResponseEnd(): void {}

  onResponseError(_controller: unknown, error: Error): void {
    this.#settle(errorCode(error) || error.message);
  }

  #finish(cause: string): void {
    this.#settle(cause);
    this.#controller?.abort(new Error('the health check is over'));
  }

  #settle(cause: string | null): void {
    if (this.#isDone) return;
    this.#isDone = true;
    clearTimeout(this.#timer);
    this.#done(cause);
  }
}

function hostOf(target: UpstreamTarget): string {
  const { address } = target;
  if (address.kind === 'unix') return 'localhost';
  const host =
    address.host.includes(':') && !address.host.startsWith('[') ? `[${address.host}]` : address.host;
  return address.port === (address.isTls ? 443 : 80) ? host : `${host}:${address.port}`;
}
