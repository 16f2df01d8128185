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
  targets: () => readonly UpstreamTarget[],
  options: UpstreamOptions,
  onProbe: OnProbe,
): () => void {
  const check = options.healthCheck;
  if (check === null) return () => {};
  const probes = new Map<UpstreamTarget, Probe>();
  const ask = (): void => {
    for (const target of targets()) {
      if (probes.has(target)) continue;
      const probe = new Probe(check.timeoutMs, (answer) => {
        probes.delete(target);
        if (!isStopped) onProbe(target, causeOfProbe(answer));
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

/** What came of asking. */
export type ProbeAnswer =
  | { readonly kind: 'head'; readonly status: number }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'late' }
  | { readonly kind: 'stopped' };

function causeOfProbe(answer: ProbeAnswer): string | null {
  switch (answer.kind) {
    case 'head':
      return answer.status < 400 ? null : `answered ${answer.status}`;
    case 'failed':
      return errorCode(answer.error) || answer.error.message;
    case 'late':
      return 'no answer in time';
    case 'stopped':
      return 'stopped';
    default:
      return answer satisfies never;
  }
}

/** Asks one address for the head of an answer, and waits for no body. */
export class Probe implements UpstreamHandler {
  readonly #done: (answer: ProbeAnswer) => void;
  readonly #timer: NodeJS.Timeout;
  #stream: UpstreamStream | null = null;
  #isDone = false;

  constructor(timeoutMs: number, done: (answer: ProbeAnswer) => void) {
    this.#done = done;
    this.#timer = setTimeout(() => this.#finish({ kind: 'late' }), timeoutMs);
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
    this.#finish({ kind: 'stopped' });
  }

  onBodyWanted(): void {}

  onDrain(): void {}

  onInterim(): void {}

  onHead({ status }: UpstreamResponseHead): void {
    this.#settle({ kind: 'head', status });
  }

  onData(): void {}

  onEnd(): void {
    this.#stream = null;
  }

  onError(error: Error): void {
    this.#stream = null;
    this.#settle({ kind: 'failed', error });
  }

  #finish(answer: ProbeAnswer): void {
    this.#settle(answer);
    this.#stream?.abort();
  }

  #settle(answer: ProbeAnswer): void {
    if (this.#isDone) return;
    this.#isDone = true;
    clearTimeout(this.#timer);
    this.#done(answer);
  }
}
