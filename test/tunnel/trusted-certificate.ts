// A certificate of a server that this process trusts, for as long as a test runs.
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { onTestFinished } from 'vitest';
import { createCertificates } from '../upstream/forward/certificates.ts';

/** @param name as in a certificate: `DNS:localhost`, `IP:127.0.0.1` */
export function trustedCertificate(name: string): { readonly cert: Buffer; readonly key: Buffer } {
  const certificates = createCertificates();
  const trusted = getCACertificates('default');
  setDefaultCACertificates([...trusted, certificates.ca.toString()]);
  onTestFinished(() => {
    setDefaultCACertificates(trusted);
    certificates.remove();
  });
  return certificates.issue('proxy', name);
}
