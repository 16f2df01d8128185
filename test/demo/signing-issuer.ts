// Stands where bouncer stands for an application: publishes a key and signs assertions with it.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface SigningIssuer {
  readonly issuer: string;
  sign(audience: string, claims?: Readonly<Record<string, unknown>>): Promise<string>;
  close(): void;
}

export async function startSigningIssuer(): Promise<SigningIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' };
  const server = createServer((_req, res) => {
    res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    sign: (audience, claims = {}) => {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({
        email: 'ada@example.com',
        email_verified: true,
        name: 'Ada',
        groups: ['engineering', 'admins'],
        idp: 'example',
        amr: ['pwd', 'hwk'],
        auth_time: now,
        sid: 'sid-of-a-login',
        type: 'user',
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'k1' })
        .setIssuer(issuer)
        .setAudience([audience])
        .setSubject('ada')
        .setJti(crypto.randomUUID())
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(now + 300)
        .sign(privateKey);
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
