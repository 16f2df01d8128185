// The certificate and its key: read, proved to belong together, and read again when the files change.
// A pair that cannot be used never replaces one that can.
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { BouncerError } from '../bouncer-error.ts';
import type { Settings } from '../settings/settings.ts';
import { causeOf } from '../telemetry/cause-of.ts';
import type { Telemetry } from '../telemetry/request-record.ts';

/** TLS 1.3's suites, and of TLS 1.2 only those with forward secrecy and authenticated encryption (RFC 9325 section 4.2). */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

export interface Certificate {
  context(): SecureContextOptions;
  /** Called with each new context. */
  onChange(listener: (context: SecureContextOptions) => void): void;
  /** Read the files now. `false` when what they hold cannot be used, which is reported. */
  reload(): boolean;
  close(): void;
}

interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly digest: string;
}

/**
 * Read the pair and look every `checkMs` milliseconds whether it changed.
 *
 * @throws BouncerError `settings_invalid` when the first pair cannot be used
 */
export function watchCertificate(
  tls: NonNullable<Settings['tls']>,
  telemetry: Telemetry,
  checkMs: number,
): Certificate {
  return new WatchedCertificate(tls, telemetry, checkMs);
}

class WatchedCertificate implements Certificate {
  readonly #tls: NonNullable<Settings['tls']>;
  readonly #telemetry: Telemetry;
  readonly #listeners: ((context: SecureContextOptions) => void)[] = [];
  readonly #timer: NodeJS.Timeout;
  #current: KeyPair;
  /** What could not be used the last time, by its digest. */
  #suspect: string | null = null;
  #reported: string | null = null;

  constructor(tls: NonNullable<Settings['tls']>, telemetry: Telemetry, checkMs: number) {
    this.#tls = tls;
    this.#telemetry = telemetry;
    this.#current = readPair(tls);
    prove(this.#current, tls.certFile);
    // Content, not time stamps: links that are swapped, copies that keep times and network folders all count.
    this.#timer = setInterval(() => void this.#take('report-what-lasts'), checkMs);
    this.#timer.unref();
  }

  context(): SecureContextOptions {
    return contextOf(this.#current);
  }

  onChange(listener: (context: SecureContextOptions) => void): void {
    this.#listeners.push(listener);
  }

  reload(): boolean {
    return this.#take('report-at-once');
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #take(patience: Patience): boolean {
    let pair: KeyPair | null = null;
    let isNew = false;
    try {
      pair = readPair(this.#tls);
      isNew = pair.digest !== this.#current.digest;
      if (isNew) this.#use(pair);
    } catch (error) {
      this.#report(error, pair === null ? 'unreadable' : pair.digest, patience);
      return false;
    }
    this.#suspect = null;
    this.#reported = null;
    if (isNew) {
      const { validTo } = new X509Certificate(pair.cert);
      this.#telemetry.event('reloaded', { what: 'certificate', valid_to: validTo });
    }
    return true;
  }

  #use(pair: KeyPair): void {
    prove(pair, this.#tls.certFile);
    for (const listener of this.#listeners) listener(contextOf(pair));
    this.#current = pair;
  }

  #report(error: unknown, seen: string, patience: Patience): void {
    const isTold = patience === 'report-at-once' || this.#suspect === seen;
    this.#suspect = seen;
    if (!isTold || this.#reported === seen) return;
    this.#reported = seen;
    const { cause, hint } = causeOf(error);
    this.#telemetry.event('reload_failed', {
      what: 'certificate',
      problems: [cause],
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** Certificate and key are two files: between the two writes they do not match, which is only worth saying when it lasts. */
type Patience = 'report-what-lasts' | 'report-at-once';

function contextOf({ cert, key }: KeyPair): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', ciphers, honorCipherOrder: true };
}

/** The pair as it is in the files now. @throws BouncerError `settings_invalid` when it cannot be used */
export function readCertificate(tls: NonNullable<Settings['tls']>): Pick<KeyPair, 'cert'> {
  const pair = readPair(tls);
  prove(pair, tls.certFile);
  return pair;
}

function readPair(tls: NonNullable<Settings['tls']>): KeyPair {
  const cert = readText(tls.certFile, 'certificate');
  const key = readText(tls.keyFile, 'key');
  const digest = createHash('sha256').update(cert).update('\0').update(key).digest('hex');
  return { cert, key, digest };
}

function readText(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new BouncerError('settings_invalid', `the TLS ${what} \`${file}\` cannot be read`, { cause });
  }
}

/** That the two belong together and have not run out. What clients trust is not verified. */
function prove(pair: KeyPair, certFile: string): void {
  try {
    createSecureContext({ cert: pair.cert, key: pair.key });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BouncerError(
      'settings_invalid',
      `the TLS certificate \`${certFile}\` and its key cannot be used: ${why}`,
      { cause },
    );
  }
  const { validTo } = new X509Certificate(pair.cert);
  if (Date.parse(validTo) <= Date.now()) {
    throw new BouncerError('settings_invalid', `the TLS certificate \`${certFile}\` ran out on ${validTo}`, {
      hint: 'renew it; the files are read again when they change',
    });
  }
}
