// A real JWKS server on loopback with the real assertions behind it, and tokens made by hand where bouncer would never make them.
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Assertions } from '../../src/assertion/assertions.ts';
import { createAssertions } from '../../src/assertion/create-assertions.ts';
import { recordEvents, sessionOf, settingsOf } from '../assertion/assertion-fixture.ts';
import { MemoryKeyStore, memorySecrets } from '../assertion/memory-key-store.ts';

export const audience = 'wiki';

export interface KeyServer {
  readonly origin: string;
  readonly assertions: Assertions;
  readonly keyStore: MemoryKeyStore;
  /** How many times the keys were read. */
  readonly reads: () => number;
  /** Answers instead of the key set, until it is set to `null`. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | null;
  /** A token as bouncer mints it, now. */
  mint(audience?: string): string;
  /** Any header and claims, signed with the real key, or another. */
  forge(header: object, claims: object, key?: KeyObject): string;
  close(): Promise<void>;
}

/** Claims that the verifier accepts, to be spoilt one at a time. */
export function goodClaims(issuer: string): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    aud: [audience],
    sub: 'alice-1',
    email: 'alice@example.com',
    email_verified: true,
    name: 'Alice',
    groups: ['staff'],
    idp: 'google',
    amr: ['pwd'],
    auth_time: now - 60,
    iat: now,
    nbf: now,
    exp: now + 300,
    jti: 'one',
    sid: 'session',
    type: 'user',
  };
}

export async function startKeyServer(): Promise<KeyServer> {
  let reads = 0;
  const keyServer: { answer: KeyServer['answer'] } = { answer: null };
  const server = createServer((request, response) => {
    reads += 1;
    if (keyServer.answer !== null) return keyServer.answer(request, response);
    response.setHeader('Content-Type', 'application/jwk-set+json');
    response.end(JSON.stringify(assertions.jwks(Date.now())));
  });
  const origin = `http://127.0.0.1:${await listen(server)}`;
  const settings = settingsOf(origin);
  const keyStore = new MemoryKeyStore();
  const options = {
    ...{ keyStore, secrets: memorySecrets(), telemetry: recordEvents() },
    ...{ settings: () => settings, now: () => Date.now() },
  };
  const assertions = await createAssertions(options);
  return Object.assign(keyServer, {
    origin,
    assertions,
    keyStore,
    reads: () => reads,
    mint: (to = audience) =>
      assertions.mint(sessionOf({ expiresAtMs: Date.now() + 3_600_000 }), to, Date.now()),
    forge: (header: object, claims: object, key = privateKeyOf(keyStore)) => signToken(header, claims, key),
    close: () => {
      assertions.close();
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

export function kidOf(keyServer: KeyServer): string {
  return keyServer.assertions.jwks(Date.now()).keys[0]?.kid ?? '';
}

export function anotherKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function signToken(header: object, claims: object, key: KeyObject): string {
  const input = `${encode(header)}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function privateKeyOf(keyStore: MemoryKeyStore): KeyObject {
  const stored = keyStore.listKeys()[0];
  if (stored === undefined) throw new Error('the store has no key');
  return createPrivateKey({ key: JSON.parse(stored.privateJwk), format: 'jwk' });
}
