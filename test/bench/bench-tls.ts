// A certificate for the proxies of the benchmark, which nobody verifies: P-256, as most sites have today.
import { makeCertificate } from '../front/front-fixture.ts';
import type { KeyPair } from './bench-peer.ts';
import { makeFolder } from './bench-processes.ts';

/** In a folder that goes with the benchmark. */
export function makeKeyPair(): KeyPair {
  const { certFile: cert, keyFile: key } = makeCertificate(makeFolder(), 'localhost');
  return { cert, key };
}
