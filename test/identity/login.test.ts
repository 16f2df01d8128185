import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loginUrl } from '../../src/identity/login/login-needs.ts';
import type { Session } from '../../src/identity/sessions/session.ts';
import { BrowserClient, type BrowserResponse } from '../fixtures/browser-client.ts';
import { logInAtProvider, startOidcProvider, type TestOidcProvider } from '../fixtures/oidc-provider.ts';
import { type LoginSite, providerSettings, startLoginSite } from './login-site.ts';

const people = [
  {
    id: 'alice',
    claims: { email: 'Alice@Example.com', email_verified: true, name: 'Alice', groups: ['staff'] },
  },
  { id: 'mallory', claims: { email: 'mallory@example.org', email_verified: false, name: 'Mallory' } },
  ...Array.from({ length: 100 }, (_, n) => ({
    id: `person-${n}`,
    claims: {
      email: `person-${n}@example.com`,
      email_verified: true,
      name: `Person ${n}`,
      groups: [`group-${n}`],
    },
  })),
];

let provider: TestOidcProvider;
let site: LoginSite;
const browsers: BrowserClient[] = [];

function browser(): BrowserClient {
  const made = new BrowserClient();
  browsers.push(made);
  return made;
}

function sessionOf(response: BrowserResponse): Session {
  return (JSON.parse(response.body) as { session: Session }).session;
}

beforeAll(async () => {
  site = await startLoginSite({
    providers: async (authUrl) => {
      provider = await startOidcProvider({
        clients: [{ clientId: 'bouncer', clientSecret: 'a secret of the client', authUrl }],
        people,
      });
      return [providerSettings({ id: 'idp', issuer: provider.issuer })];
    },
  });
});
afterAll(async () => {
  await Promise.all(browsers.map((one) => one.close()));
  await site.close();
  await provider.close();
});

async function logIn(one: BrowserClient, person: string, path = '/page'): Promise<BrowserResponse> {
  const start = await one.get(site.at('wiki.localhost') + loginUrl(path, [{ what: 'login' }]));
  return logInAtProvider(one, start, person);
}

describe('logging in', () => {
  it('comes back to the deep link with its query, as the person who logged in', async () => {
    const end = await logIn(browser(), 'alice', '/page?a=1&b=%2F');
    expect(end.url).toBe(`${site.at('wiki.localhost')}/page?a=1&b=%2F`);
    expect(sessionOf(end).identity).toMatchObject({
      sub: 'alice',
      email: 'alice@example.com',
      name: 'Alice',
      groups: ['staff'],
      idp: 'idp',
      amr: ['pwd'],
      acr: 'pwd',
      hardwareKey: null,
    });
  });

  it('needs no second login for a second application', async () => {
    const one = browser();
    const first = await logIn(one, 'alice');
    const second = await one.get(site.at('photos.localhost') + loginUrl('/album', [{ what: 'login' }]));
    expect(second.url).toBe(`${site.at('photos.localhost')}/album`);
    expect(second.trail.some((url) => url.startsWith(provider.issuer))).toBe(false);
    expect(sessionOf(second).id).toBe(sessionOf(first).id);
  });

  it('takes an address that is not verified for no address', async () => {
    expect(sessionOf(await logIn(browser(), 'mallory')).identity).toMatchObject({
      sub: 'mallory',
      email: null,
    });
  });

  it('gives each of 10 people who log in at once their own session', async () => {
    // A hundred, which a slow machine has to have for itself, are in test/flow/hundred-people.test.ts.
    const all = await Promise.all(
      Array.from({ length: 10 }, async (_, n) => {
        const end = await logIn(browser(), `person-${n}`, `/for-${n}`);
        return { end, n };
      }),
    );
    for (const { end, n } of all) {
      expect(end.url).toBe(`${site.at('wiki.localhost')}/for-${n}`);
      expect(sessionOf(end).identity).toMatchObject({ sub: `person-${n}`, groups: [`group-${n}`] });
    }
    expect(new Set(all.map(({ end }) => sessionOf(end).id)).size).toBe(10);
  });
});
