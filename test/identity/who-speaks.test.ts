import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { type HostileProvider, startHostileProvider } from '../fixtures/hostile-provider.ts';
import {
  type LoginSite,
  providerSettings,
  sessionIn,
  startLoginSite,
  visitApplication,
} from './login-site.ts';

let provider: HostileProvider;
let site: LoginSite;
let browser: BrowserClient;

beforeAll(async () => {
  provider = await startHostileProvider('bouncer');
  site = await startLoginSite({
    providers: () => [
      providerSettings({ id: 'partner', issuer: provider.issuer, othersEmailDomains: ['example.com'] }),
    ],
  });
});
afterEach(() => browser.close());
afterAll(async () => {
  await site.close();
  await provider.close();
});

it.each([
  ['a domain that another provider speaks for', { email: 'ceo@example.com' }, 'email-outside-provider'],
  [
    'an address that is not verified',
    { email: 'a@partner.example', email_verified: false },
    'email-not-verified',
  ],
])('with %s the login goes on, without an address, and the log says why', async (_, claims, fault) => {
  browser = new BrowserClient();
  provider.tell({ claims });
  const session = sessionIn(await visitApplication(site, browser));
  expect(session?.identity).toMatchObject({ sub: 'alice', email: null, unsettled: { email: fault } });
  const told = site.events.filter(
    ({ name, fields }) => name === 'claim_unusable' && fields['claim'] === 'email',
  );
  expect(told.at(-1)?.fields).toMatchObject({ shape: fault, provider: 'partner', sub: 'alice' });
});
