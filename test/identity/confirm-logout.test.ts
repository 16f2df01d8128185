// The question before a logout, as time goes by and clocks are put right.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BrowserClient, type BrowserResponse } from '../fixtures/browser-client.ts';
import { type HostileProvider, startHostileProvider } from '../fixtures/hostile-provider.ts';
import {
  hasSession,
  type LoginSite,
  problemIn,
  providerSettings,
  startLoginSite,
  visitApplication,
} from './login-site.ts';

let hostile: HostileProvider;
let site: LoginSite;
const one = new BrowserClient();

beforeAll(async () => {
  hostile = await startHostileProvider('bouncer');
  site = await startLoginSite({
    providers: () => Promise.resolve([providerSettings({ id: 'hostile', issuer: hostile.issuer })]),
  });
  site.change({ logout: 'confirm' });
});
afterAll(async () => {
  await one.close();
  await site.close();
  await hostile.close();
});

const wiki = (): string => `${site.at('wiki.localhost')}/.bouncer/logout`;
const auth = (): string => `${site.authUrl}/.bouncer/logout`;

function questionIn(response: BrowserResponse): { readonly person: string | null; readonly request: string } {
  const step = JSON.parse(response.body) as { kind: string; person: string | null; request: string };
  expect(step.kind).toBe('ask-logout');
  return step;
}

/** The answer's way back to the application's host, which is not gone. */
async function answer(request: string): Promise<string> {
  const sent = await one.post(auth(), { request }, { stopAt: () => true });
  const location = String(sent.headers['location']);
  expect(location).toMatch(`${wiki()}?confirmed=`);
  return location;
}

it('is good for ten minutes, its answer for one, and neither from ahead of the clock', async () => {
  await visitApplication(site, one);
  one.dropCookies('auth.localhost');
  const shown = await one.get(wiki());
  const { request } = questionIn(shown);
  const late = await answer(request);
  site.advance(61_000);
  questionIn(await one.get(late));
  site.advance(540_000);
  for (const over of [await one.get(shown.url), await one.post(auth(), { request })])
    expect(problemIn(over)).toMatchObject({ problem: 'logout-expired', status: 400, continueUrl: wiki() });

  site.advance(600_000);
  const ahead = await one.get(wiki());
  const early = await answer(questionIn(ahead).request);
  site.advance(-300_000);
  expect(problemIn(await one.get(ahead.url))).toMatchObject({ problem: 'logout-expired' });
  questionIn(await one.get(early));
  expect(await hasSession(site, one)).toBe(true);

  const good = await answer(questionIn(await one.get(wiki())).request);
  site.advance(59_000);
  expect(JSON.parse((await one.get(good)).body)).toMatchObject({ kind: 'signed-out' });
  expect(await hasSession(site, one)).toBe(false);
});

it('is answered where the login has ended meanwhile', async () => {
  await visitApplication(site, one);
  const { url, body } = await one.get(wiki());
  expect(JSON.parse(body)).toMatchObject({ kind: 'ask-logout', stayHref: `${site.at('wiki.localhost')}/` });
  await site.store.sessions.endLogins({ by: 'all' });
  expect(JSON.parse((await one.get(url)).body)).toMatchObject({ kind: 'signed-out' });
});
