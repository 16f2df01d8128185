// The configuration in force. A reload reads a whole new set beside the requests and swaps one reference, or changes
// nothing and says why.

import { BouncerError } from '../bouncer-error.ts';
import type { ExplainableRules } from '../rules/decide/compile-rules.ts';
import type { Application } from '../rules/model/compiled-rules.ts';
import type { Settings } from '../settings/settings.ts';
import type { Problem } from '../source/problem.ts';
import { faultOf } from '../telemetry/cause-of.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { createDroppedHeaders } from './dropped-headers.ts';
import { type ConfigurationSource, readSettings, watchedFiles } from './load-configuration.ts';
import { loadFailure } from './load-failure.ts';
import { rulesContext } from './load-rules.ts';
import { createReloadQueue } from './reload-queue.ts';
import { createPause, createRulesLoader, type RulesLoader } from './rules-loader.ts';
import {
  createSnapshot,
  createSnapshotBuilder,
  type Snapshot,
  type SnapshotBuilder,
  withShares,
} from './snapshot.ts';

/** A set that is in force: what its files said, without the files. */
export interface ConfigurationInForce {
  readonly settings: Settings;
  readonly rules: ExplainableRules;
  readonly rulesHash: string;
  readonly warnings: readonly Problem[];
}

export interface LiveConfiguration {
  readonly snapshot: () => Snapshot;
  readonly settings: () => Settings;
  readonly warnings: () => readonly Problem[];
  /** Tells whether two bouncers run the same rules. */
  readonly rulesHash: () => string;
  /** Why the last reload changed nothing; `null` when it went live. */
  readonly reloadFailure: () => string | null;
  /** Settings that changed in the file and wait for a restart. */
  readonly waitsForRestart: () => readonly string[];
  /** What people share at the moment, beside the rules. Counts at once; a reload leaves it. */
  showShares(shares: ExplainableRules): void;
  /** Who goes along with changes from now on: one, told once, before the first reload. */
  follow(follower: ConfigurationFollower): void;
  /**
   * Read the files again.
   *
   * @returns true when a set that was read after this call is in force; never rejects
   */
  reload(reason: string): Promise<boolean>;
  close(): Promise<void>;
}

export interface LiveConfigurationParts {
  readonly source: ConfigurationSource;
  readonly telemetry: Telemetry;
}

/** What goes along with a change of the configuration. */
export interface ConfigurationFollower {
  /** Called for each application of a set that is about to come into force. */
  readonly prepare: (application: Application) => void;
  /** Called after a new set came into force. */
  readonly onSwap: () => void;
  /** Told what to watch, before anything there is read, also when the set is refused: it may be mended there. */
  readonly onFiles: (paths: readonly string[]) => void;
}

/** What of the settings is bound at the start, with its name in the file: a change of it waits for a restart. */
const bound = [
  ['listen', 'listen'],
  ['alsoListen', 'also_listen'],
  ['proxyProtocol', 'proxy_protocol'],
  ['httpRedirect', 'http_redirect'],
  ['tls', 'tls'],
  ['forwardAuth', 'forward_auth'],
  ['dataDir', 'data_dir'],
  ['postgres', 'store'],
  ['masterKeys', 'master_key'],
  ['tunnel', 'tunnel'],
  ['management', 'management'],
  ['log', 'log'],
  ['limits', 'limits'],
] as const satisfies readonly (readonly [keyof Settings, string])[];

/** The most warnings that one line of the log holds. */
const mostLogged = 50;

/** Hold a valid configuration and replace it on demand. */
export function createLiveConfiguration(
  first: ConfigurationInForce,
  parts: LiveConfigurationParts,
): LiveConfiguration {
  const { telemetry } = parts;
  const loader = createRulesLoader();
  const onDropped = createDroppedHeaders(telemetry);
  /** Without what is shared. */
  let base = { snapshot: createSnapshot(first.settings, first.rules, onDropped), rules: first.rules };
  let shares: ExplainableRules | null = null;
  let { snapshot } = base;
  let { warnings, rulesHash } = first;
  let failure: string | null = null;
  let waitsForRestart: readonly string[] = [];
  let follower: ConfigurationFollower | null = null;
  let isClosed = false;

  const show = (): void => {
    snapshot = shares === null ? base.snapshot : withShares(base.snapshot, base.rules, shares, onDropped);
    follower?.onSwap();
  };

  const refuse = (reason: string, text: string): false => {
    failure = text;
    tellRefusal(telemetry, reason, text);
    return false;
  };

  const load = async (reason: string): Promise<boolean> => {
    const startedMs = performance.now();
    const read = await readSet(parts, loader, (paths) => follower?.onFiles(paths));
    if (!read.ok) return refuse(reason, read.text);
    const kept = keepBound(read.settings, snapshot.settings);
    waitsForRestart = kept.waitsForRestart;
    const builder = createSnapshotBuilder(kept.settings, read.rules, onDropped);
    const fresh = await buildBesideRequests(builder, read.rules.applications, follower);
    if (isClosed) return false;
    base = { snapshot: fresh, rules: read.rules };
    ({ warnings, rulesHash } = read);
    failure = null;
    tellReload(telemetry, { reason, read, waitsForRestart, durationMs: performance.now() - startedMs });
    show();
    return true;
  };

  const reloads = createReloadQueue(async (reason) =>
    isClosed ? false : load(reason).catch((error: unknown) => refuse(reason, textOf(error, telemetry))),
  );

  return {
    snapshot: () => snapshot,
    settings: () => snapshot.settings,
    warnings: () => warnings,
    rulesHash: () => rulesHash,
    reloadFailure: () => failure,
    waitsForRestart: () => waitsForRestart,
    showShares: (next) => {
      shares = next;
      show();
    },
    follow: (next) => {
      follower = next;
    },
    reload: (reason) => reloads.ask(reason),
    async close() {
      isClosed = true;
      await loader.close();
      await reloads.settled();
    },
  };
}

type Read = ({ readonly ok: true } & ConfigurationInForce) | { readonly ok: false; readonly text: string };

/** @param onFiles told what to watch, before anything there is read */
async function readSet(
  { source, telemetry }: LiveConfigurationParts,
  loader: RulesLoader,
  onFiles: (paths: readonly string[]) => void,
): Promise<Read> {
  const read = readSettings(source);
  if (!read.ok) return { ok: false, text: loadFailure(read.problems, []).text };
  const settings = read.value;
  onFiles(watchedFiles(settings));
  const loaded = await loader.load({ paths: [settings.rules], context: rulesContext(settings) });
  if (loaded.ok) {
    const warnings = [...read.warnings, ...loaded.warnings];
    return { ok: true, settings, rules: loaded.rules, rulesHash: loaded.hash, warnings };
  }
  const { fault, text } = loaded.failure;
  if (fault !== undefined) tellFault(telemetry, fault);
  return { ok: false, text };
}

/** What is not an outside failure is a fault of bouncer's own, and the log is told. */
function textOf(error: unknown, telemetry: Telemetry): string {
  if (!(error instanceof BouncerError)) tellFault(telemetry, faultOf(error).message);
  return error instanceof Error ? error.message : String(error);
}

function tellRefusal(telemetry: Telemetry, reason: string, text: string): void {
  const problems = text.split('\n').filter((line) => line !== '');
  telemetry.event('reload_failed', { reason, what: 'configuration', problems });
}

function tellReload(
  telemetry: Telemetry,
  done: {
    readonly reason: string;
    readonly read: ConfigurationInForce;
    readonly waitsForRestart: readonly string[];
    readonly durationMs: number;
  },
): void {
  const { reason, read, waitsForRestart } = done;
  telemetry.event('reloaded', {
    ...{ reason, what: 'configuration', applications: read.rules.applications.length },
    ...{ rules_hash: read.rulesHash, warnings: read.warnings.length },
    duration_ms: Math.round(done.durationMs),
    ...(waitsForRestart.length === 0 ? {} : { waits_for_restart: waitsForRestart }),
  });
  reportWarnings(telemetry, read.warnings);
}

/** One application after the other, with a pause for requests whenever it took a while. */
async function buildBesideRequests(
  builder: SnapshotBuilder,
  applications: readonly Application[],
  follower: ConfigurationFollower | null,
): Promise<Snapshot> {
  const breathe = createPause();
  for (const application of applications) {
    builder.add(application);
    follower?.prepare(application);
    await breathe();
  }
  return builder.finish();
}

/** The settings as they may come into force now: what is bound at the start stays as it was. */
function keepBound(
  fresh: Settings,
  old: Settings,
): { readonly settings: Settings; readonly waitsForRestart: readonly string[] } {
  const changed = bound.filter(([key]) => JSON.stringify(fresh[key]) !== JSON.stringify(old[key]));
  const kept = Object.fromEntries(bound.map(([key]) => [key, old[key]]));
  return {
    settings: Object.freeze({ ...fresh, ...kept }),
    waitsForRestart: changed.map(([, name]) => name),
  };
}

/** What no file can cause: a reload that fails at it is refused like any other, and the log has its place in the code. */
function tellFault(telemetry: Pick<Telemetry, 'event'>, message: string): void {
  telemetry.event('internal_error', { action: 'reload', message });
}

/** Warnings of the set in force, as one event: places and reasons without the lines of the files. */
export function reportWarnings(telemetry: Telemetry, warnings: readonly Problem[]): void {
  if (warnings.length === 0) return;
  telemetry.event('configuration_warnings', {
    count: warnings.length,
    warnings: warnings
      .slice(0, mostLogged)
      .map(({ file, line, column, code, reason }) => `${file}:${line}:${column}: ${reason} (${code})`),
  });
}
