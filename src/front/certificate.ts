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

interface Pair {
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
  let current = readPair(tls);
  prove(current, tls.certFile);
  const listeners: ((context: SecureContextOptions) => void)[] = [];
  let reported: string | null = null;
  let suspect: string | null = null;

  const contextOf = (pair: Pair): SecureContextOptions => ({
    cert: pair.cert,
    key: pair.key,
    minVersion: 'TLSv1.2',
    ciphers,
    honorCipherOrder: true,
  });
  const take = (isPatient: boolean): boolean => {
    let pair: Pair | null = null;
    try {
      pair = readPair(tls);
      if (pair.digest === current.digest) {
        suspect = null;
        reported = null;
        return true;
      }
      prove(pair, tls.certFile);
      for (const listener of listeners) listener(contextOf(pair));
    } catch (error) {
      const seen = pair === null ? 'unreadable' : pair.digest;
      // Certificate and key are two files: between the two writes they do not match. Say so only when it lasts.
      const lasts = suspect === seen || !isPatient;
      suspect = seen;
      if (lasts && reported !== seen) {
        reported = seen;
        const { cause, hint } = causeOf(error);
        telemetry.event('reload_failed', {
          what: 'certificate',
          problems: [cause],
          ...(hint === undefined ? {} : { hint }),
        });
      }
      return false;
    }
    current = pair;
    suspect = null;
    reported = null;
    telemetry.event('reloaded', {
      what: 'certificate',
      valid_to: new X509Certificate(pair.cert).validTo,
    });
    return true;
  };
  // Content, not time stamps: links that are swapped, copies that keep times and network folders all count.
  const timer = setInterval(() => take(true), checkMs);
  timer.unref();
  return {
    context: () => contextOf(current),
    onChange: (listener) => void listeners.push(listener),
    reload: () => take(false),
    close: () => clearInterval(timer),
  };
}

/** The pair as it is in the files now. @throws BouncerError `settings_invalid` when it cannot be used */
export function readCertificate(tls: NonNullable<Settings['tls']>): Pick<Pair, 'cert'> {
  const pair = readPair(tls);
  prove(pair, tls.certFile);
  return pair;
}

function readPair(tls: NonNullable<Settings['tls']>): Pair {
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
function prove(pair: Pair, certFile: string): void {
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
