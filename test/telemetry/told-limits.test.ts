// Every limit of the settings: what it takes from somebody is counted and told, and the docs say what an honest user notices.
import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { limits as schema } from '../../src/settings/schema/limits-schema.ts';
import { createLimitNotices } from '../../src/telemetry/limit-notices.ts';
import { limitNames, toldLimits } from '../../src/telemetry/told-limits.ts';
import { readPage } from '../docs/pages.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';

const operations = readPage('docs/operations.md');
const keys = Object.keys(schema.shape);

const sites: Site[] = [];
afterEach(async () => {
  for (const site of sites.splice(0)) await site.close();
});

describe('every key of `limits`', () => {
  it.each(keys)('%s has a way of being told, and a row that says what an honest user notices', (key) => {
    const telling = toldLimits[key as keyof typeof toldLimits];
    expect(telling).toBeDefined();
    const [, notices = ''] =
      new RegExp(`^\\| \`${key}\` \\| [^|]{10,} \\| ([^|]{7,}) \\|$`, 'm').exec(operations) ?? [];
    expect(notices, key).not.toBe('');
    const isQuiet = typeof telling === 'object' && 'quiet' in telling;
    expect(limitNames.includes(key as never)).toBe(!isQuiet);
  });

  it('counts each refusal, tells of the first, and then once a minute', () => {
    const events: unknown[] = [];
    let nowMs = 0;
    const notices = createLimitNotices({ event: (_, fields) => events.push(fields) }, () => nowMs);
    for (const limit of limitNames) for (let n = 0; n < 3; n++) notices.note(limit, '192.0.2.1');
    expect(limitNames.map((limit) => notices.count(limit))).toEqual(limitNames.map(() => 3));
    expect(events).toEqual(limitNames.map((limit) => ({ limit, address: '192.0.2.1', count: 1 })));
    nowMs = 60_000;
    notices.note('url_bytes', null, { times: 2 });
    expect(events.at(-1)).toEqual({ limit: 'url_bytes', address: null, count: 4 });
  });
});

/** Sends it and waits for the end. @returns what came */
function send(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    socket.on('error', () => {}).on('close', () => resolve(answer));
  });
}

describe('a running bouncer', () => {
  it('tells of every limit on size and time that a client meets', { timeout: 60_000 }, async () => {
    const management = await findFreePort(0, 1);
    const site = await startSite({
      rules: `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: UPSTREAM
    policies: [{ name: open, action: bypass, include: [everyone] }]
`,
      settings: `management: 127.0.0.1:${management}\nlimits: { header_bytes: 4096, cookie_bytes: 4096, header_count: 20, url_bytes: 1000, body_bytes: 100, headers_timeout: 1s, request_timeout: 2s }\n`,
    });
    sites.push(site);
    const port = Number(new URL(site.at('wiki.localhost')).port);
    const head = `Host: wiki.localhost:${port}\r\nConnection: close\r\n`;
    const met = {
      header_bytes: `GET / HTTP/1.1\r\n${head}X-A: ${'a'.repeat(4_500)}\r\n\r\n`,
      cookie_bytes: `GET / HTTP/1.1\r\n${head}Cookie: a=${'a'.repeat(4_500)}\r\n\r\n`,
      header_count: `GET / HTTP/1.1\r\n${head}${'X-A: 1\r\n'.repeat(25)}\r\n`,
      url_bytes: `GET /${'a'.repeat(1_100)} HTTP/1.1\r\n${head}\r\n`,
      body_bytes: `POST / HTTP/1.1\r\n${head}Content-Length: 200\r\n\r\n${'a'.repeat(200)}`,
      headers_timeout: `GET / HTTP/1.1\r\n${head}`,
      request_timeout: `POST / HTTP/1.1\r\n${head}Content-Length: 90\r\n\r\nabc`,
    };
    for (const [limit, text] of Object.entries(met)) {
      expect(await send(port, text), limit).toMatch(/^HTTP\/1\.1 4(?:31|14|13|08) /);
      const told = (): unknown[] =>
        site.records().filter((record) => record['event'] === 'limit_reached' && record['limit'] === limit);
      await vi.waitFor(() => expect(told(), limit).toHaveLength(1), { timeout: 30_000 });
      expect(told()[0]).toMatchObject({ address: '127.0.0.1', count: 1 });
    }
    // Connections that browsers open in advance are nobody's loss.
    expect(await send(port, '')).toMatch(/^HTTP\/1\.1 408 /);
    const metrics = await (await fetch(`http://127.0.0.1:${management}/metrics`)).text();
    for (const limit of Object.keys(met))
      expect(metrics).toMatch(new RegExp(`^bouncer_limit_reached_total\\{limit="${limit}"\\} 1$`, 'm'));
  });
});
