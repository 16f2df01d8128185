// What a bouncer is to whoever runs one: the options, the handle, and why there is none.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { BouncerError } from './bouncer-error.ts';
import { renderConfigurationProblems } from './configuration/load-configuration.ts';
import type { BouncerMiddleware } from './middleware.ts';
import type { Settings } from './settings/settings.ts';
import type { Look } from './source/finding.ts';
import type { Problem } from './source/problem.ts';
import type { LogStream } from './telemetry/create-telemetry.ts';
import type { Readiness } from './telemetry/management-server.ts';

export interface BouncerOptions {
  /** A settings file, or its content as an object (docs/settings.md). */
  readonly settings: string | Readonly<Record<string, unknown>>;
  /** What relative paths in a settings object are relative to; the working directory by default. */
  readonly baseDir?: string;
  /** Where `{ env: NAME }` looks; the process's environment by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where the log goes; standard output by default. */
  readonly log?: LogStream;
  /** A person reads the log as it comes: it is `pretty` unless the settings say otherwise. */
  readonly isLogTerminal?: boolean;
  /** Colours in the `pretty` log. */
  readonly isLogColored?: boolean;
  /** A socket that listens already, in place of the settings' `listen`; its file descriptor. */
  readonly inherited?: { readonly inheritedFd: number } | undefined;
  /** Read settings and rules again when their files change; off by default. */
  readonly watch?: boolean;
  /**
   * A try on this machine alone: mail is sent to nobody and shown on the page `/.bouncer/mail` of `auth_url`, to whoever opens it. Settings
   * that anybody else could reach are refused. Off by default.
   */
  readonly dev?: boolean;
}

export interface Bouncer {
  /** For a server of your own; set its `request` and `checkContinue` events. */
  readonly handler: (req: IncomingMessage, res: ServerResponse) => void;
  readonly upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** For Express and connect: decides, adds the assertion to `req.headers` and the identity to `req.bouncer`, then calls `next()`. */
  middleware(): BouncerMiddleware;
  /**
   * Listen as the settings say, with the management listener when there is one.
   *
   * @throws BouncerError `listen_failed`
   */
  listen(): Promise<{
    readonly url: string;
    readonly managementUrl: string | null;
    readonly forwardAuthUrl: string | null;
  }>;
  /** The settings in force. */
  readonly settings: Settings;
  /** Warnings of the settings and rules in force. */
  readonly warnings: readonly Problem[];
  /**
   * Read settings and rules again. Requests go on meanwhile, by the old ones until the new ones are complete.
   *
   * @returns true when a set that was read after this call is in force; false when it is not good and the old one stays
   */
  reload(): Promise<boolean>;
  /** Look at what the settings and rules name outside (providers, upstreams, certificates, mail), and log what is found. Never fails. */
  lookAround(): Promise<readonly Look[]>;
  /** What `/readyz` says. */
  readiness(): Readiness;
  /** Stop accepting, let requests finish until the drain deadline, then close everything. Idempotent. */
  close(): Promise<void>;
}

/** The settings or the rules are not valid, or tests in the rules failed. `message` is the whole list, ready to print. */
export class InvalidConfigurationError extends BouncerError {
  readonly problems: readonly Problem[];
  readonly failedTests: readonly string[];

  constructor(problems: readonly Problem[], failedTests: readonly string[]) {
    super('rules_invalid', renderConfigurationProblems(problems, failedTests));
    this.problems = problems;
    this.failedTests = failedTests;
  }
}
