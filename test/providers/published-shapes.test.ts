// What well-known providers are documented to send, imitated one by one: docs/providers.md promises no more than what passes here.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OidcProviderSettings } from '../../src/settings/settings.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { type HostileProvider, type Lies, startHostileProvider } from '../fixtures/hostile-provider.ts';
import { providerSettings, sessionIn, startLoginSite, visitApplication } from '../identity/login-site.ts';

interface Shape {
  readonly name: string;
  readonly says: Lies;
  readonly settings: Partial<OidcProviderSettings>;
  readonly email: string | null;
  readonly groups: readonly string[];
}

const none = { groups: null };
const mail = 'alice@example.com';
const shapes: readonly Shape[] = [
  {
    name: 'Google',
    says: { claims: { ...none, auth_time: null, hd: 'example.com' } },
    settings: { groupsClaim: null },
    email: mail,
    groups: [],
  },
  {
    name: 'Microsoft Entra ID',
    says: {
      claims: { email_verified: null, groups: ['8f0c6a52-0000-4000-8000-1d1f0a1b2c3d'], auth_time: null },
    },
    settings: { emailVerified: 'if_absent', emailDomains: ['example.com'] },
    email: mail,
    groups: ['8f0c6a52-0000-4000-8000-1d1f0a1b2c3d'],
  },
  { name: 'Okta', says: { claims: none }, settings: { groupsMissing: 'none' }, email: mail, groups: [] },
  {
    name: 'Keycloak',
    says: { claims: { groups: ['/staff'], sid: 'a-session' } },
    settings: {},
    email: mail,
    groups: ['/staff'],
  },
  {
    name: 'GitLab',
    says: {
      claims: { ...none, groups_direct: ['acme'] },
      userInfo: { email: mail, email_verified: true, groups: ['acme', 'evil'] },
    },
    settings: { groupsOnly: ['acme', 'acme/*'] },
    email: mail,
    groups: ['acme'],
  },
  {
    name: 'Authentik',
    says: { claims: { email_verified: false } },
    settings: { emailVerified: 'ignored', emailDomains: ['example.com'] },
    email: mail,
    groups: ['staff'],
  },
  {
    name: 'Zitadel',
    says: { claims: { ...none, 'urn:zitadel:iam:org:project:roles': { staff: { '1234': 'acme.example' } } } },
    settings: { groupsClaim: ['urn:zitadel:iam:org:project:roles'] },
    email: mail,
    groups: ['staff'],
  },
  {
    name: 'Kanidm',
    says: { signing: 'es256', claims: { groups: ['staff@idm.example.com'] } },
    settings: {},
    email: mail,
    groups: ['staff@idm.example.com'],
  },
  {
    name: 'Authelia',
    says: {
      claims: { ...none, email: null, email_verified: null },
      userInfo: { email: mail, email_verified: true, groups: ['staff'] },
    },
    settings: {},
    email: mail,
    groups: ['staff'],
  },
  { name: 'Pocket ID', says: {}, settings: {}, email: mail, groups: ['staff'] },
  {
    name: 'Dex',
    says: { claims: { federated_claims: { connector_id: 'ldap' } } },
    settings: {},
    email: mail,
    groups: ['staff'],
  },
  {
    name: 'Auth0',
    says: { claims: { ...none, 'https://example.com/groups': ['staff'] } },
    settings: { groupsClaim: ['https://example.com/groups'] },
    email: mail,
    groups: ['staff'],
  },
  {
    name: 'Amazon Cognito',
    says: { claims: { ...none, email_verified: 'true', 'cognito:groups': ['staff'] } },
    settings: { groupsClaim: 'cognito:groups' },
    email: mail,
    groups: ['staff'],
  },
];

let provider: HostileProvider;
beforeAll(async () => {
  provider = await startHostileProvider('bouncer');
});
afterAll(() => provider.close());

describe('as it comes, with the settings that the page names', () => {
  it.each(shapes)('$name: people log in, and a refresh that says less changes nothing', async (shape) => {
    const site = await startLoginSite({
      providers: () => [
        providerSettings({ id: 'idp', issuer: provider.issuer, idTokenAlgorithms: null, ...shape.settings }),
      ],
    });
    const one = new BrowserClient();
    try {
      provider.tell({ refreshToken: 'first', ...shape.says });
      const before = sessionIn(await visitApplication(site, one))?.identity;
      expect(before).toMatchObject({ email: shape.email, groups: shape.groups, unsettled: { groups: null } });
      provider.tell({
        refreshToken: 'second',
        ...shape.says,
        tokenMembers: { id_token: null },
        userInfoStatus: 500,
      });
      const asked = site.events.length;
      site.advance(15 * 60_000);
      const page = () => one.get(`${site.at('wiki.localhost')}/page`);
      await page();
      for (let n = 0; n < 200 && site.events.length === asked; n++)
        await new Promise((wait) => setTimeout(wait, 20));
      expect(sessionIn(await page())?.identity).toEqual(before);
    } finally {
      await one.close();
      await site.close();
    }
  });

  it('and the page names exactly these', () => {
    const text = readFileSync(resolve(import.meta.dirname, '../../docs/providers.md'), 'utf8');
    const names = [...text.matchAll(/^\| \*\*([^*]+)\*\* /gm)].map(([, name]) => name);
    expect(names).toEqual(shapes.map(({ name }) => name));
  });
});
