import { describe, expect, test } from 'vitest';
import { createSnapshot } from '../../src/configuration/snapshot.ts';
import { judge, judgeAgain, type Verdict } from '../../src/gateway/judge.ts';
import { type Received, receiveRequest } from '../../src/gateway/receive-request.ts';
import type { CanonicalHost } from '../../src/http/request-target.ts';
import { nobody, type Principal, type Service } from '../../src/identity/principal.ts';
import type { Session } from '../../src/identity/sessions/session.ts';
import { settingsFromObject } from '../../src/settings/load-settings.ts';
import { monday, person, rulesOf } from '../rules/rules-text.ts';

const parsed = settingsFromObject(
  {
    auth_url: 'https://auth.example.com',
    identity_providers: [{ id: 'google', type: 'oidc', issuer: 'https://idp.example', client_id: 'b' }],
  },
  { baseDir: '/', env: {} },
);
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const snapshot = createSnapshot(
  parsed.value,
  rulesOf(`
applications:
  - name: wiki
    host: wiki.example.com
    upstream: http://127.0.0.1:1
    policies:
      - { name: staff, action: allow, include: [{ email_domain: example.com }] }
      - { name: ci, action: allow, include: [{ service_token: ci }] }
    paths:
      - { path: /admin, policies: [{ name: keys, action: allow, include: [{ email_domain: example.com }], require: [hardware_key] }] }
      - { path: /public, policies: [{ name: open, action: bypass, include: [everyone] }] }
`),
);

const alice: Session = {
  kind: 'person',
  id: 'a',
  logId: 'a',
  host: 'wiki.example.com' as CanonicalHost,
  identity: person({ email: 'alice@example.com', idp: 'google' }),
  revision: 1,
  createdAtMs: monday,
  expiresAtMs: monday + 3_600_000,
  mustAskPerson: false,
  program: null,
};
const mallory: Session = { ...alice, identity: person({ email: 'm@elsewhere.example', idp: 'google' }) };
const service = (name: string): Service => ({
  ...{ kind: 'service', id: 't', logId: 't', name, revision: 1, expiresAtMs: monday + 3_600_000 },
});

const page = ['Accept', 'text/html', 'Sec-Fetch-Mode', 'navigate', 'Sec-Fetch-Dest', 'document'];
const handshake = (origin: string) => [
  ...['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Origin', origin],
  ...['Sec-WebSocket-Version', '13', 'Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
];
const noStreams = { isForwarding: () => false } as unknown as Parameters<typeof receiveRequest>[3];

function received(url: string, fields: readonly string[] = [], host = 'wiki.example.com'): Received {
  const rawHeaders = ['Host', host, ...fields];
  const head = { method: 'GET', url, httpVersion: '1.1', rawHeaders } as Parameters<typeof receiveRequest>[0];
  return receiveRequest(head, { peer: '192.0.2.1', door: 'front' }, snapshot, noStreams);
}

function said(verdict: Verdict): string {
  if (verdict.kind === 'refuse') return `refuse ${verdict.reason}`;
  if (verdict.kind === 'own') return 'own';
  return `${verdict.kind} ${verdict.decision.reason}`;
}

describe('the verdict', () => {
  test.each<readonly [string, string, Principal, string]>([
    ['a member of staff', '/', alice, 'allow policy-allowed'],
    ['nobody', '/', nobody, 'challenge login-required'],
    ['somebody else', '/', mallory, 'refuse no-policy-matched'],
    ['a program that a policy names', '/', service('ci'), 'allow policy-allowed'],
    ['a program that no policy names', '/', service('other'), 'refuse no-policy-matched'],
    ['a program where people are asked for a key', '/admin', service('ci'), 'refuse no-policy-matched'],
    ['a person without a key', '/admin', alice, 'challenge hardware-key-required'],
    ['nobody where everybody may', '/public/a', nobody, 'allow policy-bypassed'],
    ['nobody at a reserved path', '/.bouncer/login', nobody, 'own'],
  ])('for %s at %s', (_who, path, principal, expected) => {
    expect(said(judge(snapshot, received(path), principal, monday))).toBe(expected);
  });

  test('on the host that is only auth_url’s bouncer answers itself', () => {
    expect(said(judge(snapshot, received('/', [], 'auth.example.com'), alice, monday))).toBe('own');
  });

  test('what the gate refused stays refused, whoever asks', () => {
    const refused = received('/a', ['Host', 'two.example.com']);
    expect(refused.refusal).not.toBeNull();
    expect(said(judge(snapshot, refused, alice, monday))).toBe(`refuse ${refused.refusal}`);
  });

  test('a path that lenient readers take for another area is refused', () => {
    expect(said(judge(snapshot, received('/public/..%2fadmin'), alice, monday))).toMatch(/^refuse path-/);
  });

  test('a handshake of another origin is refused with the decision that let its sender in', () => {
    const own = judge(snapshot, received('/', handshake('https://wiki.example.com')), alice, monday);
    const foreign = judge(snapshot, received('/', handshake('https://evil.example')), alice, monday);
    expect(said(own)).toBe('allow policy-allowed');
    expect(said(foreign)).toBe('refuse foreign-origin');
    expect(foreign.kind === 'refuse' && foreign.decision?.policy).toBe('staff');
  });
});

describe('a person whom the provider wants to see', () => {
  const due: Session = { ...alice, mustAskPerson: true };

  test('is sent to the login with the next page, and not with what a page loads', () => {
    expect(said(judge(snapshot, received('/', page), due, monday))).toBe('challenge login-required');
    expect(said(judge(snapshot, received('/data'), due, monday))).toBe('allow policy-allowed');
    expect(said(judge(snapshot, received('/public/', page), due, monday))).toBe('allow policy-bypassed');
  });

  test('keeps what is being answered already', () => {
    expect(said(judgeAgain(snapshot, received('/', page), due, monday))).toBe('allow policy-allowed');
  });
});
