// Loads rules without keeping requests waiting: another thread reads, checks, lints and tests them, and this one compiles
// what came out in slices of a few milliseconds. The outcome is that of load-rules.ts.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { createRulesCompiler, type ExplainableRules } from '../rules/decide/compile-rules.ts';
import type { RuleGroup } from '../rules/model/rules-set.ts';
import type { Problem } from '../source/problem.ts';
import { faultOf } from '../telemetry/cause-of.ts';
import type { LoadFailure } from './load-failure.ts';
import type { RulesSource } from './load-rules.ts';
import type { RulesPart, RulesVerdict } from './rules-message.ts';

/** Rules that may go live: valid, and with every test passed. Or why there are none. */
export type RulesOutcome =
  | {
      readonly ok: true;
      readonly rules: ExplainableRules;
      readonly warnings: readonly Problem[];
      readonly hash: string;
    }
  | { readonly ok: false; readonly failure: LoadFailure };

export interface RulesLoader {
  /**
   * Never rejects for what files hold.
   *
   * @throws TypeError when the load before has not ended
   */
  load(source: RulesSource): Promise<RulesOutcome>;
  /** Ends the thread, and a load that is under way with it. */
  close(): Promise<void>;
}

/** How long this thread works on new rules before it looks after requests again, milliseconds. */
const sliceMs = 2;
/** A load that takes longer is given up, milliseconds: a file on a network drive may never answer. */
const deadlineMs = 60_000;
/** The thread ends when nothing was loaded for so long, milliseconds: its memory is worth more than its warmth. */
const idleMs = 10_000;

/** A load that came to no end: a file that does not answer, a machine that is too busy, a shutdown. Not a fault of this program. */
class LoadEnded extends Error {}

/** Nothing is started before the first load. */
export function createRulesLoader(): RulesLoader {
  let worker: Worker | null = null;
  let idle: NodeJS.Timeout | null = null;
  let isLoading = false;

  const end = async (): Promise<void> => {
    if (idle !== null) clearTimeout(idle);
    const ending = worker;
    worker = null;
    await ending?.terminate();
  };

  const load = async (source: RulesSource): Promise<RulesOutcome> => {
    if (isLoading) throw new TypeError('one load at a time');
    isLoading = true;
    if (idle !== null) clearTimeout(idle);
    const running =
      worker ??
      startWorker(() => {
        if (worker === running) worker = null;
      });
    worker = running;
    const { port1, port2 } = new MessageChannel();
    running.ref();
    try {
      const verdict = await ask(running, source, port2);
      if (verdict.kind === 'refused') return { ok: false, failure: verdict.failure };
      return { ok: true, hash: verdict.hash, ...(await compileInSlices(port1, verdict, source)) };
    } catch (error) {
      await end();
      const message = error instanceof Error ? error.message : String(error);
      const text = `the rules could not be loaded: ${message}\n`;
      const fault = error instanceof LoadEnded ? {} : { fault: faultOf(error).message };
      return { ok: false, failure: { text, count: 1, ...fault } };
    } finally {
      isLoading = false;
      port1.close();
      running.unref();
      idle = setTimeout(() => void end(), idleMs);
      idle.unref();
    }
  };

  return { load, close: end };
}

function startWorker(onExit: () => void): Worker {
  // The published package is plain JavaScript, and nothing rewrites a URL.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./rules-worker.${extension}`, import.meta.url), {
    // No secret of the environment is any business of a thread that reads rules.
    env: {},
    execArgv: [],
  });
  worker.once('exit', onExit);
  // One that fails while nobody waits for it must not end the process; who waits is told as well.
  worker.on('error', () => {});
  worker.unref();
  return worker;
}

function ask(worker: Worker, source: RulesSource, port: MessagePort): Promise<RulesVerdict> {
  return new Promise((resolve, reject) => {
    const onVerdict = (verdict: RulesVerdict) => settle(() => resolve(verdict));
    const onError = (error: Error) => settle(() => reject(error));
    const onExit = () => settle(() => reject(new LoadEnded('the thread that reads them ended')));
    const deadline = setTimeout(
      () => settle(() => reject(new LoadEnded(`reading them took more than ${deadlineMs / 1000} s`))),
      deadlineMs,
    );
    const settle = (finish: () => void) => {
      clearTimeout(deadline);
      worker.off('message', onVerdict).off('error', onError).off('exit', onExit);
      finish();
    };
    worker.on('message', onVerdict).on('error', onError).on('exit', onExit);
    worker.postMessage({ source, port }, [port]);
  });
}

/** Takes what the thread sent part by part: unpacking a message is work of this thread, too. */
async function compileInSlices(
  port: MessagePort,
  verdict: RulesVerdict & { readonly kind: 'good' },
  { context }: RulesSource,
): Promise<{ readonly rules: ExplainableRules; readonly warnings: readonly Problem[] }> {
  const breathe = createPause();
  const ruleGroups: RuleGroup[] = [];
  const warnings: Problem[] = [];
  let compiler: ReturnType<typeof createRulesCompiler> | null = null;
  const giveUpMs = performance.now() + deadlineMs;
  for (let missing = verdict.parts; missing > 0; ) {
    const received = receiveMessageOnPort(port);
    if (received === undefined) {
      // Two ports keep no order between them.
      if (performance.now() > giveUpMs) throw new LoadEnded('a part of them did not arrive');
      await nextTurn();
      continue;
    }
    missing--;
    // Our own thread's word, by the type that it was sent with.
    const part = received.message as RulesPart;
    if (part.kind === 'rule-groups') ruleGroups.push(...part.items);
    else if (part.kind === 'warnings') warnings.push(...part.items);
    else {
      compiler ??= createRulesCompiler(ruleGroups, context.authUrl);
      for (const application of part.items) {
        compiler.add(application);
        await breathe();
      }
    }
    await breathe();
  }
  compiler ??= createRulesCompiler(ruleGroups, context.authUrl);
  const rules = compiler.finish(verdict.sharing);
  if (rules.applications.length !== verdict.applications) throw new Error('a part of them got lost');
  return { rules, warnings };
}

/** A pause whenever a slice is over. */
export function createPause(): () => Promise<void> | undefined {
  let sinceMs = performance.now();
  return () => {
    if (performance.now() - sinceMs < sliceMs) return undefined;
    return nextTurn().then(() => {
      sinceMs = performance.now();
    });
  };
}
