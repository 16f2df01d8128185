// Lists of return addresses, paths, header fields, methods, user agents and URLs, sent as requests: nothing that is protected opens,
// nobody is led elsewhere.
import { corpusLines, corpusRecords } from '../http/corpora.ts';
import { lenientReaders } from '../http/lenient-readers.ts';
import { inParallel } from '../http/raw-server.ts';
import { type AttackSite, appHost, cookieName, startAttackSite } from './attack-site.ts';
import type { CorpusResult } from './corpus-result.ts';
import { problemsOfReturn } from './flows-login.ts';
import { exchangeRaw, type RawExchange, wireBytes } from './raw-exchange.ts';
import { fieldValues, type Seen } from './recorder.ts';

const send = (
  site: AttackSite,
  target: string,
  fields: readonly string[] = [],
  method = 'GET',
): Promise<RawExchange> => {
  const host = fields.some((line) => /^host:/i.test(line)) ? [] : [`Host: ${appHost}`];
  const text = `${[`${method} ${target} HTTP/1.1`, ...host, ...fields, 'Connection: close'].join('\r\n')}\r\n\r\n`;
  return exchangeRaw(site.port, wireBytes(text), {
    quietMs: 0,
    patienceMs: 30_000,
    isHead: method === 'HEAD',
  });
};

/** Requests that the upstream got and that some lenient server takes for something other than the open area. */
export function bypasses(seen: readonly Seen[]): string[] {
  const isOpen = (path: string): boolean => path === '/public' || path.startsWith('/public/');
  return seen.flatMap(({ method, url }) =>
    Object.entries(lenientReaders).flatMap(([server, read]) => {
      const path = read(url.split('?')[0] ?? '');
      return path === null || isOpen(path) ? [] : [`${server} reads ${path} in ${method} ${url}`];
    }),
  );
}

/** Whether a browser that reads this `Location` on the application stays there, joined to its origin as well as relative to a page. */
function staysHere(location: string | undefined): boolean {
  const origin = `https://${appHost}`;
  if (location === undefined || !/^\/(?![/\\])/.test(location)) return false;
  return [new URL(location, `${origin}/.bouncer/login`), new URL(origin + location)].every(
    (url) => url.origin === origin && url.username === '' && url.pathname + url.search === location,
  );
}

export async function replayRedirects(): Promise<CorpusResult> {
  const site = await startAttackSite({ provider: 'hostile' });
  const lists = ['oauth2-proxy-openredirects.txt', 'mod_auth_openidc-open-redirect-payload-list.txt'];
  const payloads = lists.flatMap((file) => corpusLines(`open-redirect/${file}`));
  const cookie = `Cookie: ${cookieName}=${await site.token('alice')}`;
  const problems: string[] = [];
  await inParallel(payloads, async (payload) => {
    for (const text of [encodeURIComponent(payload.toWellFormed()), payload]) {
      const { responses } = await send(site, `/.bouncer/login?return_to=${text}`, [cookie]);
      const [location] = fieldValues(responses[0]?.rawHeaders ?? [], 'location');
      // As sent, some are half a query of their own, or no request at all.
      const isRefused = text === payload && [400, undefined].includes(responses[0]?.status);
      if (!isRefused && !staysHere(location))
        problems.push(`${JSON.stringify(payload)} leads to ${location} with ${responses[0]?.status}`);
    }
  });
  const whole = payloads.filter((_, i) => i % 20 === 0);
  for (const payload of whole) problems.push(...(await problemsOfReturn(site, payload.toWellFormed())));
  problems.push(...(await site.close()));
  return {
    name: 'open redirects',
    inputs: payloads.length,
    outcome: `every one leads to the application, most of them to its start; ${whole.length} of them through a whole login`,
    problems,
  };
}

/** Ask for the protected area in every place where a piece could go. @returns how many requests that are */
export async function sendSpellings(site: AttackSite, pieces: readonly string[]): Promise<number> {
  const targets = pieces.flatMap((piece) => [
    ...[`/admin${piece}`, `/admin/${piece}`, `/${piece}admin`, `/${piece}/admin`, `/public${piece}admin`],
    ...[`/public${piece}/admin`, `/public/${piece}admin`, `/public/${piece}/admin`],
    ...[`/public/x/${piece}/${piece}/admin`, `/public/${piece}${piece}/admin`],
  ]);
  await inParallel(targets, async (target) => void (await send(site, target)));
  return targets.length;
}

export async function replayPaths(): Promise<CorpusResult> {
  const site = await startAttackSite({ provider: 'hostile' });
  const pieces = ['midpaths', 'endpaths'].flatMap((file) => corpusLines(`path/nomore403/${file}`));
  const count = await sendSpellings(site, pieces);
  const { length } = site.upstream.seen;
  const problems = [...bypasses(site.upstream.seen), ...(await site.close())];
  return {
    name: 'path bypasses (nomore403)',
    inputs: count,
    outcome: `no bypass for any of eight lenient servers; ${length} harmless ones passed`,
    problems,
  };
}

export async function replayHeaders(): Promise<CorpusResult> {
  const site = await startAttackSite({ provider: 'hostile' });
  const values = [...corpusLines('path/nomore403/ips'), '/public', 'app.bouncer.test', 'admin@example.com'];
  const fields = [
    ...corpusLines('path/nomore403/headers').flatMap((name) => values.map((value) => `${name}: ${value}`)),
    ...corpusLines('path/nomore403/simpleheaders').map((line) => line.replace(' ', ': ')),
    ...corpusLines('path/nomore403/useragents').map((text) => `User-Agent: ${text}`),
  ];
  const methods = corpusLines('path/nomore403/httpmethods').flatMap((name) => [name, name.toLowerCase()]);
  await inParallel(fields, async (field) => {
    await send(site, '/admin', [field]);
    if (!field.startsWith('User-Agent')) await send(site, '/ip-allow-only', [field]);
  });
  await inParallel(methods, async (method) => {
    for (const path of ['/admin', '/readonly', '/private']) await send(site, path, [], method);
  });
  const reached = site.upstream.seen.map(({ method, url }) => `${method} ${url} reached the upstream`);
  return {
    name: 'header, method and agent lists',
    inputs: fields.length + methods.length,
    outcome: 'nothing reached the upstream',
    problems: [...reached, ...(await site.close())],
  };
}

/** The URL standard's own data as targets and as hosts. */
export async function replayUrls(): Promise<CorpusResult> {
  const site = await startAttackSite({ provider: 'hostile' });
  const files = [
    'urltestdata',
    'urltestdata-javascript-only',
    'ada_extra_urltestdata',
    'ada_long_urltestdata',
  ];
  const inputs = files
    .flatMap((file) => corpusRecords<{ input?: string } | string>(`url/wpt-${file}.json`))
    .flatMap(inputOf);
  const targets = inputs.flatMap((input) => [
    input,
    `/public/${input}`,
    `/public${input}`,
    `https://${appHost}${input}`,
  ]);
  const hosts = ['toascii', 'IdnaTestV2', 'verifydnslength_tests']
    .flatMap((file) => corpusRecords<{ input?: string } | string>(`url/wpt-${file}.json`))
    .flatMap(inputOf);
  await inParallel(targets, async (target) => void (await send(site, target.toWellFormed())));
  const passed = site.upstream.seen.length;
  const problems = bypasses(site.upstream.seen);
  await inParallel(
    hosts,
    async (host) => void (await send(site, '/public', [`Host: ${host.toWellFormed()}`])),
  );
  const foreign = site.upstream.seen
    .slice(passed)
    .map(({ rawHeaders }) => `${fieldValues(rawHeaders, 'host')} is taken for ${appHost}`);
  return {
    name: 'URL standard: paths and hosts',
    inputs: targets.length + hosts.length,
    outcome: `nothing protected opens, no host is taken for another; ${passed} harmless ones passed`,
    problems: [...problems, ...foreign, ...(await site.close())],
  };
}

const inputOf = (row: { readonly input?: string } | string): string[] =>
  typeof row === 'string' || row.input === undefined ? [] : [row.input];
