// Too much, too slow, broken off: every resource has an end, and nobody else notices (R-41, R-44).
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type AttackSite, appHost, cookieName } from './attack-site.ts';
import { beginLogin, type Flow, nothing, sleep, until } from './flow.ts';
import { exchangeRaw, wireBytes } from './raw-exchange.ts';

const head = (method: string, path: string, ...lines: readonly string[]): string =>
  `${[`${method} ${path} HTTP/1.1`, `Host: ${appHost}`, ...lines].join('\r\n')}\r\n\r\n`;

/** Open sockets that send a text and then a byte each now and then. @returns how many the server closed */
async function slowSenders(site: AttackSite, count: number, start: string): Promise<number> {
  const sockets = Array.from({ length: count }, () => connect(site.port, '127.0.0.1'));
  let closed = 0;
  for (const socket of sockets) {
    socket.on('error', () => {});
    socket.on('close', () => closed++);
    socket.on('data', () => {});
    socket.write(start);
  }
  const drip = setInterval(() => {
    for (const socket of sockets) if (!socket.destroyed) socket.write('a');
  }, 400);
  await until(() => closed === count, 100);
  clearInterval(drip);
  for (const socket of sockets) socket.destroy();
  return closed;
}

async function isServing(site: AttackSite): Promise<boolean> {
  const { responses } = await exchangeRaw(site.port, wireBytes(head('GET', '/public')));
  return responses[0]?.status === 200;
}

const slowHeads: Flow = async (_, sites) => {
  const site = await sites.own({ provider: 'hostile' });
  const attack = slowSenders(site, 500, `GET /public HTTP/1.1\r\nHost: ${appHost}\r\nX-Slow: `);
  await sleep(300);
  const isGood = await isServing(site);
  const closed = await attack;
  return [
    ...(isGood ? nothing : ['an honest client is not served meanwhile']),
    ...(closed === 500 ? nothing : [`${500 - closed} of 500 slow senders are still there`]),
  ];
};

const slowBodies: Flow = async (_, sites) => {
  const site = await sites.own({ provider: 'hostile' });
  const attack = slowSenders(site, 100, head('POST', '/public', 'Content-Length: 100000'));
  await sleep(300);
  const isGood = await isServing(site);
  const closed = await attack;
  await sleep(300);
  await until(() => site.upstream.connections() <= 5);
  const whole = site.upstream.seen.filter(({ method, isWhole }) => method === 'POST' && isWhole).length;
  return [
    ...(isGood ? nothing : ['an honest client is not served meanwhile']),
    ...(closed === 100 ? nothing : [`${100 - closed} of 100 slow senders are still there`]),
    ...(whole === 0 ? nothing : ['a broken body looks whole']),
    ...(site.upstream.connections() <= 5
      ? nothing
      : [`${site.upstream.connections()} connections to the upstream stay`]),
  ];
};

const largeBody: Flow = async (one, sites) => {
  const site = await sites.own({ provider: 'hostile' });
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  const text = `${head('POST', '/public', 'Transfer-Encoding: chunked')}${chunk.repeat(17)}0\r\n\r\n`;
  const { responses } = await exchangeRaw(site.port, wireBytes(text));
  await sleep(100);
  const status = responses[0]?.status;
  return [
    ...((one.expected.status ?? []).includes(status ?? 0) ? nothing : [`status ${status}`]),
    ...(site.upstream.seen.some(({ isWhole }) => isWhole)
      ? ['the upstream took the body for whole']
      : nothing),
  ];
};

const manyNames: Flow = async (_, { hostile }) => {
  // Names that fall into one bucket of engines which hash integer-like texts by their value.
  const lines = Array.from({ length: 90 }, (_, i) => `${i * 65_536}: a`);
  const before = process.cpuUsage();
  for (let i = 0; i < 20; i++)
    await exchangeRaw(hostile.port, wireBytes(head('GET', '/public', ...lines)), { quietMs: 0 });
  const { user, system } = process.cpuUsage(before);
  const perRequestMs = (user + system) / 1000 / 20;
  // Client, proxy, provider and upstream are one process here; the bound is against quadratic work, not a benchmark.
  return perRequestMs < 100 ? nothing : [`${perRequestMs.toFixed(0)} ms CPU a request`];
};

const longQuery: Flow = async (_, { hostile }) => {
  const problems: string[] = [];
  for (const query of [`?${'a&'.repeat(3900)}`, `?a${'[b]'.repeat(2000)}=1`, `?${'%5B'.repeat(1500)}`]) {
    const before = hostile.upstream.seen.length;
    const { responses } = await exchangeRaw(hostile.port, wireBytes(head('GET', `/public${query}`)));
    const seen = hostile.upstream.seen.slice(before);
    if (responses[0]?.status !== 200) problems.push(`status ${responses[0]?.status}`);
    if (seen[0]?.url !== `/public${query}`) problems.push('the query was touched');
  }
  return problems;
};

const openFiles = (): number => readdirSync('/proc/self/fd').length;

/** The client goes away after each byte of its request, and after each stretch of the response. */
const resets: Flow = async (_, sites) => {
  const site = await sites.own({ provider: 'hostile' });
  await isServing(site);
  const baseline = process.platform === 'linux' ? openFiles() : 0;
  const text = `${head('POST', '/public', 'Content-Length: 5')}hello`;
  const sockets: Socket[] = [];
  for (let length = 1; length <= text.length; length++) {
    const socket = connect(site.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(text.slice(0, length), () => setTimeout(() => socket.resetAndDestroy(), 5));
    sockets.push(socket);
    await sleep(2);
  }
  for (let length = 1; length <= 2_000_000; length *= 2) {
    const socket = connect(site.port, '127.0.0.1');
    let got = 0;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      got += chunk.length;
      if (got >= length) socket.resetAndDestroy();
    });
    socket.write(head('GET', '/public/large'));
    sockets.push(socket);
  }
  await until(() => sockets.every(({ destroyed }) => destroyed));
  const leftOpen = (): number => (process.platform === 'linux' ? openFiles() - baseline : 0);
  await until(() => leftOpen() <= 20);
  const left = leftOpen();
  return [
    ...((await isServing(site)) ? nothing : ['it serves no more']),
    ...(left <= 20 ? nothing : [`${left} more open files than before`]),
  ];
};

/** A sibling set cookies for the whole domain: 60 KB, of which no application here gets a byte. */
const tossedCookies: Flow = async (_, { honest }) => {
  const token = await honest.token('alice');
  const tossed = Array.from({ length: 30 }, (__, index) => `tossed_${index}=${'x'.repeat(2_000)}`).join('; ');
  const cookie = `Cookie: ${tossed}; ${cookieName}=${token}`;
  const page = ['Accept: text/html', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'];
  const before = honest.upstream.bytes();
  const statusOf = async (path: string, ...lines: readonly string[]): Promise<number | undefined> => {
    const { responses } = await exchangeRaw(honest.port, wireBytes(head('GET', path, cookie, ...lines)));
    return responses[0]?.status;
  };
  const problems: string[] = [];
  if ((await statusOf('/private', ...page)) !== 431) problems.push('an application was to get them');
  if (honest.upstream.bytes() !== before) problems.push('bytes of it reached the application');
  if ((await statusOf('/.bouncer/identity')) !== 200) problems.push('the own pages do not know the person');
  if ((await statusOf('/.bouncer/login', ...page)) !== 302) problems.push('nobody can log in');
  if ((await statusOf('/.bouncer/logout', ...page)) !== 200) problems.push('nobody can log out');
  return problems;
};

/** Logins begun for this alone, and callbacks to them with invented codes, all at once. */
const forgedCallbacks: Flow = async (_, sites) => {
  const site = await sites.own({ provider: 'hostile', settings: 'limits: { failed_logins_per_address: 5 }' });
  site.hostile().tell({ tokenStatus: 400, tokenBody: '{"error":"invalid_grant"}' });
  const forge = async (keepsCookie: 'with its cookie' | 'without'): Promise<number> => {
    const browser = site.browser();
    const callback = await beginLogin(browser);
    callback.searchParams.set('code', 'invented');
    if (keepsCookie === 'without') browser.dropCookies(callback.hostname);
    return (await browser.get(callback.href, { stopAt: () => true })).status;
  };
  await Promise.all(Array.from({ length: 10 }, () => forge('without')));
  const asked = site.hostile().tokenRequests.length;
  const statuses = await Promise.all(Array.from({ length: 30 }, () => forge('with its cookie')));
  const more = site.hostile().tokenRequests.length - asked;
  return [
    ...(asked === 0 ? nothing : [`${asked} requests to the provider for browsers that began nothing`]),
    // One more each three seconds of the attack.
    ...(more <= 8 ? nothing : [`${more} requests to the provider with our secret`]),
    ...(statuses.filter((status) => status === 429).length >= 22 ? nothing : [`statuses ${statuses}`]),
  ];
};

export const limitFlows: Readonly<Record<string, Flow>> = {
  'LIM-001': slowHeads,
  'LIM-002': slowBodies,
  'LIM-010': largeBody,
  'LIM-011': manyNames,
  'LIM-013': longQuery,
  'LIM-015': resets,
  'LIM-016': tossedCookies,
  'LIM-017': forgedCallbacks,
};
