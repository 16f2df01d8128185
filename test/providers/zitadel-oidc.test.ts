// The example provider of zitadel/oidc logs people in: claims from UserInfo alone, roles as an object, rotation, logout. Where it is
// installed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import type { BrowserClient, BrowserResponse } from '../fixtures/browser-client.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { hasProgram, type RunningProgram, startProgram, until } from './program.ts';

const file = process.env['BOUNCER_ZITADEL_OIDC'];
const hasProvider = hasProgram(
  ['BOUNCER_ZITADEL_OIDC', file],
  'the example provider of zitadel/oidc logs nobody in',
);

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies:
      - { name: staff, action: allow, include: [{ group: staff }], require: [{ login_method: zitadel }] }
`;

describe.skipIf(!hasProvider)('the example provider of zitadel/oidc', { timeout: 300_000 }, () => {
  let program: RunningProgram;
  let site: Site;
  let issuer = '';
  let page = '';

  beforeAll(async () => {
    const port = await findFreePort(0, 1);
    issuer = `http://localhost:${port}/`;
    site = await startSite({
      rules,
      settings: `  - id: zitadel
    type: oidc
    label: Zitadel
    issuer: ${issuer}
    client_id: bouncer
    client_secret: secret
    scopes: [openid, email, profile, offline_access]
    groups_claim: ["urn:zitadel:iam:org:project:roles"]
session: { recheck: 1s }
log: { level: debug }`,
    });
    const authUrl = site.at('auth.localhost', '');
    program = await startProgram(file ?? '', [], {
      env: {
        PORT: String(port),
        REDIRECT_URI: `${authUrl}/.bouncer/callback/zitadel`,
        AFTER_LOGOUT: `${authUrl}/.bouncer/logout`,
      },
      readyUrl: `${issuer}.well-known/openid-configuration`,
    });
    page = site.at('wiki.localhost', '/page?x=1');
  }, 900_000);
  afterAll(async () => {
    await site?.close();
    await program?.stop();
  });

  async function logIn(): Promise<{ browser: BrowserClient; response: BrowserResponse }> {
    const browser = site.browser();
    const chooser = await browser.get(page);
    const href = /href="(\/\.bouncer\/login\?[^"]*provider=zitadel[^"]*)"/.exec(chooser.body)?.[1] ?? '';
    const asked = await browser.get(new URL(href.replaceAll('&amp;', '&'), chooser.url).href);
    const id = new URL(asked.url).searchParams.get('authRequestID') ?? '';
    const form = { id, username: 'test-user@localhost', password: 'verysecure' };
    return { browser, response: await browser.post(`${issuer}login/username`, form) };
  }

  const events = (name: string): readonly Readonly<Record<string, unknown>>[] =>
    site.records().filter((record) => record['event'] === name);

  it('logs a person in, with address and roles of UserInfo, where they wanted to go', async () => {
    const { browser, response } = await logIn();
    expect([response.url, response.status]).toEqual([page, 200]);
    const { body } = await browser.get(site.at('wiki.localhost', '/.bouncer/identity'));
    expect(JSON.parse(body)).toMatchObject({
      sub: 'id1',
      email: 'test-user@zitadel.ch',
      groups: ['staff'],
      idp: 'zitadel',
      amr: ['pwd'],
    });
  });

  it('is asked again and again with refresh tokens that are good once', async () => {
    const { browser } = await logIn();
    const before = events('session_refreshed').length;
    await until(
      async () => {
        expect((await browser.get(page)).status).toBe(200);
        return events('session_refreshed').length;
      },
      (count) => count >= before + 3,
    );
    expect(events('session_refreshed').filter((event) => event['is_refreshed'] === false)).toEqual([]);
    expect(events('session_revoked')).toEqual([]);
  });

  it('is told of a logout, and sends the person back', async () => {
    const { browser } = await logIn();
    const out = await browser.post(site.at('wiki.localhost', '/.bouncer/logout'), {});
    const onward = /href="([^"]*end_session[^"]*)"/.exec(out.body)?.[1]?.replaceAll('&amp;', '&');
    const end = onward === undefined ? out : await browser.get(onward);
    expect(end.trail.some((url) => url.startsWith(`${issuer}end_session?`))).toBe(true);
    expect(end.url).toBe(site.at('auth.localhost', '/.bouncer/logout'));
    expect((await browser.get(site.at('wiki.localhost', '/.bouncer/identity'))).status).toBe(401);
  });
});
