// Certificates for tests, made by openssl once for each test file: a private authority, servers and a client.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Pair {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Certificates {
  readonly caFile: string;
  readonly ca: Buffer;
  /** A certificate of the authority for the subject alternative name, such as `DNS:wiki.internal` or `IP:127.0.0.1`. */
  issue(name: string, subjectAlternativeName: string, days?: number): Pair;
  remove(): void;
}

export function createCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-certificates-'));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...curve,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-subj',
    '/CN=Test authority',
    '-days',
    '2',
  );
  return {
    caFile: file('ca.pem'),
    ca: readFileSync(file('ca.pem')),
    issue(name, subjectAlternativeName, days = 2) {
      openssl('req', ...curve, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      writeFileSync(file(`${name}.ext`), `subjectAltName=${subjectAlternativeName}\n`);
      const paths = ['-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-out', `${name}.pem`];
      openssl('x509', '-req', ...paths, '-days', String(days), '-extfile', `${name}.ext`, '-CAcreateserial');
      const certFile = file(`${name}.pem`);
      const keyFile = file(`${name}.key`);
      return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
