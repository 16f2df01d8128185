import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLimitedFetch, type LimitedFetch } from '../../src/identity/limited-fetch.ts';
import { completeGroups } from '../../src/identity/oidc/graph-groups.ts';
import { identityFromClaims } from '../../src/identity/oidc/identity-from-claims.ts';
import type { Identity } from '../../src/rules/model/facts.ts';
import { BrowserClient } from '../fixtures/browser-client.ts';
import { startHostileProvider } from '../fixtures/hostile-provider.ts';
import { appWith, decideOn, factsOf, rulesOf } from '../rules/rules-text.ts';
import { providerSettings, sessionIn, startLoginSite, visitApplication } from './login-site.ts';

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const elsewhere = {
  _claim_names: { groups: 'src1' },
  _claim_sources: { src1: { endpoint: 'http://trap.localhost:1/' } },
};

interface Asked {
  readonly line: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

let server: Server;
let origin: string;
let limited: LimitedFetch;
let asked: Asked[] = [];
let pages: readonly (object | string | number)[] = [];

async function bodyOf(req: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of req) text += String(chunk);
  return text;
}

beforeAll(async () => {
  server = createServer(async (req, res) => {
    asked.push({
      line: `${req.method} ${req.url}`,
      authorization: req.headers.authorization,
      body: await bodyOf(req),
    });
    const page = pages[Math.min(asked.length, pages.length) - 1] ?? 500;
    if (typeof page === 'number') res.statusCode = page;
    res.setHeader('content-type', 'application/json');
    res.end(typeof page === 'object' ? JSON.stringify(page) : String(page));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  limited = createLimitedFetch(new URL('http://idp.localhost:1'));
});
afterEach(() => {
  asked = [];
});
afterAll(async () => {
  await limited.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function settings(groupsOverage: string | null = origin) {
  return providerSettings({
    id: 'google',
    issuer: 'http://idp.localhost:1',
    groupsOverage,
    groupsOnly: null,
  });
}
function identityOf(claims: object = elsewhere): Identity {
  return identityFromClaims(settings(), { sub: 'x', ...claims }, null, 0);
}
async function complete(answers: typeof pages, known: Identity | null = null): Promise<Identity> {
  pages = answers;
  return completeGroups({ settings: settings(), limited }, 'the token', identityOf(), known);
}

describe('groups by reference', () => {
  it('are asked of Graph at the address of the settings, page by page', async () => {
    const more = `${origin}/v1.0/next?$skiptoken=2`;
    const { groups, unsettled } = await complete([
      { value: [id(1)], '@odata.nextLink': more },
      { value: [id(2)] },
    ]);
    expect([groups, unsettled?.groups]).toEqual([[id(1), id(2)], 'ids-only']);
    expect(asked).toEqual([
      {
        line: 'POST /v1.0/me/getMemberGroups',
        authorization: 'Bearer the token',
        body: '{"securityEnabledOnly":false}',
      },
      { line: 'GET /v1.0/next?$skiptoken=2', authorization: 'Bearer the token', body: '' },
    ]);
  });

  it.each<[string, typeof pages]>([
    ['refuses', [403]],
    ['fails', [503]],
    ['answers with rubbish', ['{']],
    ['answers without a list', [{ value: 'all' }]],
    ['has an odd item', [{ value: [id(1), null] }]],
    [
      'leads to another address',
      [{ value: [id(1)], '@odata.nextLink': 'http://trap.localhost:1/v1.0/next' }],
    ],
    ['leads nowhere', [{ value: [id(1)], '@odata.nextLink': 7 }]],
    ['sends too much', [`{"value":["${'x'.repeat(1_100_000)}"]}`]],
  ])('stay open where Graph %s', async (_, answers) => {
    const { groups, unsettled } = await complete(answers);
    expect([groups, unsettled?.groups]).toEqual([[], 'by-reference']);
  });

  it('stay open where Graph never ends', async () => {
    const { unsettled } = await complete([{ value: [id(1)], '@odata.nextLink': `${origin}/v1.0/again` }]);
    expect([unsettled?.groups, asked.length]).toEqual(['by-reference', 8]);
  });

  it('stay what they were where Graph does not answer at a refresh', async () => {
    const known = await complete([{ value: [id(1)] }]);
    const { groups, unsettled } = await complete([503], known);
    expect([groups, unsettled?.groups]).toEqual([[id(1)], 'ids-only']);
  });

  it('are asked of nobody where the settings name nobody, or the token tells them', async () => {
    pages = [{ value: [id(1)] }];
    const open = identityOf();
    expect(await completeGroups({ settings: settings(null), limited }, 't', open, null)).toBe(open);
    const told = identityOf({ groups: ['a'] });
    expect(await completeGroups({ settings: settings(), limited }, 't', told, null)).toBe(told);
    expect(asked).toEqual([]);
  });

  it('are known by id, and by name still open', async () => {
    const identity = await complete([{ value: [id(1)] }]);
    const outcomeOf = (policy: string) =>
      decideOn(rulesOf(appWith(`- { name: p, action: allow, ${policy} }`)), factsOf({ identity })).outcome;
    const whoIsNotIn = (group: string) =>
      outcomeOf(`include: [authenticated], exclude: [{ group: ${group} }]`);
    expect(outcomeOf(`include: [{ group: "${id(1)}" }]`)).toBe('allow');
    expect(whoIsNotIn(`"${id(2)}"`)).toBe('allow');
    expect(whoIsNotIn(`"${id(1)}"`)).toBe('deny');
    expect(whoIsNotIn('contractors')).toBe('deny');
    expect(whoIsNotIn(`["${id(2)}", contractors]`)).toBe('deny');
  });
});

it('a login asks Graph with its access token, and not where the token says', async () => {
  const provider = await startHostileProvider('bouncer');
  const site = await startLoginSite({
    providers: () => [providerSettings({ id: 'idp', issuer: provider.issuer, groupsOverage: origin })],
  });
  const browser = new BrowserClient();
  const stranger = new BrowserClient();
  try {
    pages = [{ value: [id(1), id(2)] }];
    provider.tell({ claims: { groups: null, ...elsewhere } });
    const page = await visitApplication(site, browser);
    expect(sessionIn(page)?.identity).toMatchObject({
      groups: [id(1), id(2)],
      unsettled: { groups: 'ids-only' },
    });
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer an access token']);
    expect(site.events.filter(({ fields }) => fields['claim'] === 'groups')).toEqual([]);
    pages = [403];
    asked = [];
    const other = await visitApplication(site, stranger);
    expect(sessionIn(other)?.identity.unsettled?.groups).toBe('by-reference');
    expect(site.events.filter(({ fields }) => fields['claim'] === 'groups')).toMatchObject([
      { name: 'claim_unusable', fields: { shape: 'by-reference' } },
    ]);
  } finally {
    browser.close();
    stranger.close();
    await site.close();
    await provider.close();
  }
});
