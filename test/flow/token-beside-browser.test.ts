// A personal token of a provider without refresh tokens belongs to the login of the browser: the same id and revision, and yet another
// person to an application, since no hardware key was used by the program.
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Site, startSite } from '../fixtures/running-site.ts';

let site: Site;
beforeAll(async () => {
  site = await startSite({
    rules: `
applications:
  - name: dav
    host: dav.localhost
    upstream: UPSTREAM
    clients: basic
    policies: [{ name: staff, action: allow, include: [{ group: staff }] }]
`,
  });
}, 60_000);
afterAll(() => site.close());

function ask(authorization: string): Promise<string> {
  const headers = { host: `dav.localhost:${site.port}`, authorization };
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: site.port, path: '/', headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve(body));
    })
      .on('error', reject)
      .end();
  });
}

function claimsIn(body: string): Record<string, unknown> {
  const assertion: string = JSON.parse(body).headers['x-bouncer-jwt-assertion'];
  return JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString());
}

test.each(['browser', 'token'])(
  'an application hears of the key of the browser and of none of the program, where the %s comes first',
  async (first) => {
    const tokens = site.at('auth.localhost', '/.bouncer/tokens');
    const { browser } = await site.logIn('alice', tokens, 'hwk');
    const { body } = await browser.post(tokens, { name: 'calendar', 'application-0': 'dav', days: '90' });
    const token = /bnc_p_[0-9A-Za-z]{49}/.exec(body)?.[0] ?? '';
    browser.secrets.add(token);
    const byBrowser = async () => claimsIn((await browser.get(site.at('dav.localhost'))).body);
    const byToken = async () => claimsIn(await ask(`Basic ${btoa(`alice:${token}`)}`));
    const before = first === 'browser' ? await byBrowser() : await byToken();
    const after = first === 'browser' ? await byToken() : await byBrowser();
    const [ofBrowser, ofToken] = first === 'browser' ? [before, after] : [after, before];
    expect(ofToken['sid']).toBe(ofBrowser['sid']);
    expect(ofBrowser['amr']).toContain('hwk');
    expect(ofBrowser['hardware_key']).toBeDefined();
    expect(ofToken['amr']).not.toContain('hwk');
    expect(ofToken['hardware_key']).toBeUndefined();
  },
);
