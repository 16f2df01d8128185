// What well-known providers are documented to send, imitated one by one: docs/providers.md promises no more than what passes here.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoginStep } from '../../src/identity/login/login-step.ts';
import type { OidcProviderSettings } from '../../src/settings/settings.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { type HostileProvider, type Lies, startHostileProvider } from '../fixtures/hostile-provider.ts';
import {
  hasSession,
  type LoginSite,
  providerSettings,
  sessionIn,
  startLoginSite,
  visitApplication,
} from '../identity/login-site.ts';

interface Shape {
  readonly name: string;
  readonly says: Lies;
  readonly settings: Partial<OidcProviderSettings>;
  readonly email: string | null;
  readonly groups: readonly string[];
  /** What a refresh token takes; whether each use brings a new one. */
  readonly refresh: { readonly wants: 'offline_access' | 'access_type' | null; readonly rotates: boolean };
  /** What it does of RP-Initiated Logout 1.0 where the ID token is longer than an address. */
  readonly logout: 'none' | 'address' | 'form';
}

const none = { groups: null };
const mail = 'alice@example.com';
const scopes = ['openid', 'email', 'profile'];
const offline = [...scopes, 'offline_access'];
const shapes: readonly Shape[] = [
  {
    name: 'Google',
    says: { claims: { ...none, auth_time: null, hd: 'example.com' } },
    settings: {
      groupsClaim: null,
      scopes,
      authorizationParameters: { access_type: 'offline', prompt: 'consent' },
    },
    email: mail,
    groups: [],
    refresh: { wants: 'access_type', rotates: false },
    logout: 'none',
  },
  {
    name: 'Microsoft Entra ID',
    says: {
      claims: {
        email_verified: null,
        groups: ['8f0c6a52-0000-4000-8000-1d1f0a1b2c3d'],
        auth_time: null,
        sid: 'a-session',
      },
    },
    settings: { emailVerified: 'if_absent', emailDomains: ['example.com'], scopes: offline },
    email: mail,
    groups: ['8f0c6a52-0000-4000-8000-1d1f0a1b2c3d'],
    refresh: { wants: 'offline_access', rotates: true },
    logout: 'address',
  },
  {
    name: 'Okta',
    says: { claims: none },
    settings: { groupsMissing: 'none', scopes: [...offline, 'groups'], longLogout: 'form' },
    email: mail,
    groups: [],
    refresh: { wants: 'offline_access', rotates: false },
    logout: 'form',
  },
  {
    name: 'Keycloak',
    says: { claims: { groups: ['/staff'], sid: 'a-session' } },
    settings: { scopes },
    email: mail,
    groups: ['/staff'],
    refresh: { wants: null, rotates: true },
    logout: 'address',
  },
  {
    name: 'GitLab',
    says: {
      claims: { ...none, groups_direct: ['acme'] },
      userInfo: { email: mail, email_verified: true, groups: ['acme', 'evil'] },
    },
    settings: { groupsOnly: ['acme', 'acme/*'], scopes },
    email: mail,
    groups: ['acme'],
    refresh: { wants: null, rotates: true },
    logout: 'none',
  },
  {
    name: 'Authentik',
    says: { claims: { email_verified: false } },
    settings: {
      emailVerified: 'ignored',
      emailDomains: ['example.com'],
      scopes: offline,
      longLogout: 'form',
    },
    email: mail,
    groups: ['staff'],
    refresh: { wants: 'offline_access', rotates: true },
    logout: 'form',
  },
  {
    name: 'Zitadel',
    says: {
      claims: { ...none, email: null, email_verified: null },
      userInfo: {
        email: mail,
        email_verified: true,
        'urn:zitadel:iam:org:project:roles': { staff: { '1234': 'acme.example' } },
      },
    },
    settings: { groupsClaim: ['urn:zitadel:iam:org:project:roles'], scopes: offline },
    email: mail,
    groups: ['staff'],
    refresh: { wants: 'offline_access', rotates: true },
    logout: 'address',
  },
  {
    name: 'Kanidm',
    says: {
      signing: 'es256',
      claims: { groups: ['staff@idm.example.com', '8f0c6a52-0000-4000-8000-1d1f0a1b2c3d'] },
    },
    settings: { scopes: [...scopes, 'groups'] },
    email: mail,
    groups: ['staff@idm.example.com', '8f0c6a52-0000-4000-8000-1d1f0a1b2c3d'],
    refresh: { wants: null, rotates: true },
    logout: 'none',
  },
  {
    name: 'Authelia',
    says: {
      claims: { ...none, email: null, email_verified: null },
      userInfo: { email: mail, email_verified: true, groups: ['staff'] },
    },
    settings: { scopes: [...offline, 'groups'] },
    email: mail,
    groups: ['staff'],
    refresh: { wants: 'offline_access', rotates: true },
    logout: 'none',
  },
  {
    name: 'Pocket ID',
    says: {},
    settings: { scopes: [...scopes, 'groups'] },
    email: mail,
    groups: ['staff'],
    refresh: { wants: null, rotates: true },
    logout: 'address',
  },
  {
    name: 'Dex',
    says: { claims: { federated_claims: { connector_id: 'ldap' }, auth_time: null } },
    settings: { scopes: [...offline, 'groups'] },
    email: mail,
    groups: ['staff'],
    refresh: { wants: 'offline_access', rotates: true },
    logout: 'none',
  },
  {
    name: 'Auth0',
    says: { claims: { ...none, 'https://example.com/groups': ['staff'], sid: 'a-session' } },
    settings: { groupsClaim: ['https://example.com/groups'], scopes: offline },
    email: mail,
    groups: ['staff'],
    refresh: { wants: 'offline_access', rotates: false },
    logout: 'address',
  },
  {
    name: 'Amazon Cognito',
    says: {
      claims: { ...none, 'cognito:groups': ['staff'] },
      userInfo: { email: mail, email_verified: 'true' },
    },
    settings: { groupsClaim: 'cognito:groups', groupsMissing: 'none', scopes },
    email: mail,
    groups: ['staff'],
    refresh: { wants: null, rotates: false },
    logout: 'address',
  },
];

let provider: HostileProvider;
beforeAll(async () => {
  provider = await startHostileProvider('bouncer');
});
afterAll(() => provider.close());

const padding = 'x'.repeat(4000);

/** The metadata of a shape: where a logout goes on, if anywhere. */
function metadataOf({ logout }: Shape): Readonly<Record<string, string>> {
  return logout === 'none' ? {} : { end_session_endpoint: `${provider.issuer}/end` };
}

async function start(shape: Shape): Promise<{ site: LoginSite; one: BrowserClient }> {
  const site = await startLoginSite({
    providers: () => [
      providerSettings({ id: 'idp', issuer: provider.issuer, idTokenAlgorithms: null, ...shape.settings }),
    ],
  });
  return { site, one: new BrowserClient() };
}

describe('as it comes, with the settings that the page names', () => {
  it.each(shapes)('$name: people log in, and a refresh that says less changes nothing', async (shape) => {
    const { site, one } = await start(shape);
    try {
      provider.tell({ refreshToken: 'first', ...shape.says });
      const before = sessionIn(await visitApplication(site, one))?.identity;
      expect(before).toMatchObject({ email: shape.email, groups: shape.groups, unsettled: { groups: null } });
      const asked = provider.authorizations.at(-1);
      if (shape.refresh.wants === 'offline_access')
        expect(asked?.get('scope')?.split(' ')).toContain('offline_access');
      else expect(asked?.get('scope')?.split(' ')).not.toContain('offline_access');
      expect(asked?.get('access_type')).toBe(shape.refresh.wants === 'access_type' ? 'offline' : null);
      const page = () => one.get(`${site.at('wiki.localhost')}/page`);
      const used: (string | null)[] = [];
      for (const next of ['second', 'third']) {
        provider.tell({
          refreshToken: shape.refresh.rotates ? next : null,
          ...shape.says,
          tokenMembers: { id_token: null },
          userInfoStatus: 500,
        });
        const [events, requests] = [site.events.length, provider.tokenRequests.length];
        site.advance(15 * 60_000);
        await page();
        for (let n = 0; n < 500 && site.events.length === events; n++)
          await new Promise((wait) => setTimeout(wait, 20));
        used.push(provider.tokenRequests[requests]?.form.get('refresh_token') ?? null);
      }
      expect(used).toEqual(shape.refresh.rotates ? ['first', 'second'] : ['first', 'first']);
      expect(sessionIn(await page())?.identity).toEqual(before);
    } finally {
      await one.close();
      await site.close();
    }
  });

  it.each(shapes)(
    '$name: a logout, of a short ID token and of one too long for an address',
    async (shape) => {
      for (const isLong of [false, true]) {
        const { site, one } = await start(shape);
        try {
          const claims = { ...shape.says.claims, ...(isLong ? { padding } : {}) };
          provider.tell({ ...shape.says, claims, metadata: metadataOf(shape) });
          await visitApplication(site, one);
          const asked = provider.logouts.length;
          const out = await one.post(`${site.at('wiki.localhost')}/.bouncer/logout`, {});
          expect(await hasSession(site, one)).toBe(false);
          const step = JSON.parse(out.body) as LoginStep;
          if (isLong && shape.logout === 'form') {
            if (step.kind !== 'send-form') throw new Error(step.kind);
            expect((await one.post(step.action, step.fields)).url).toBe(`${site.authUrl}/.bouncer/logout`);
          } else expect(step.kind).toBe('signed-out');
          const said = provider.logouts
            .slice(asked)
            .map(({ method, fields }) => [method, fields.get('client_id'), fields.has('id_token_hint')]);
          const isHinted = !isLong || shape.logout === 'form';
          const method = isLong && shape.logout === 'form' ? 'POST' : 'GET';
          expect(said).toEqual(shape.logout === 'none' ? [] : [[method, 'bouncer', isHinted]]);
        } finally {
          await one.close();
          await site.close();
        }
      }
    },
  );

  it('and the page names exactly these', () => {
    const text = readFileSync(resolve(import.meta.dirname, '../../docs/providers.md'), 'utf8');
    const names = [...text.matchAll(/^\| \*\*([^*]+)\*\* /gm)].map(([, name]) => name);
    expect(names).toEqual(shapes.map(({ name }) => name));
  });
});
