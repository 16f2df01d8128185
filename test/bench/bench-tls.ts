// A certificate for the proxies of the benchmark, which nobody verifies: P-256, as most sites have today.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { KeyPair } from './bench-peer.ts';
import { makeFolder } from './bench-processes.ts';

/** Made by openssl, in a folder that goes with the benchmark. */
export function makeKeyPair(): KeyPair {
  const folder = makeFolder();
  const pair = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,DNS:*.localhost'],
      ...['-keyout', pair.key, '-out', pair.cert],
    ],
    { stdio: 'ignore' },
  );
  return pair;
}
