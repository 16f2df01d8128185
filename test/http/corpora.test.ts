// The published attack lists, replayed on the gate, the path, the headers and the return address: no bypass.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseHost } from '../../src/http/canonical-host.ts';
import { parseTarget } from '../../src/http/canonical-path.ts';
import { compileHeaderPlan } from '../../src/http/header-plan.ts';
import { upstreamRequestHeaders } from '../../src/http/request-headers.ts';
import { checkReturnAddress } from '../../src/http/return-address.ts';
import { corpusLines, corpusRecords, hasCorpora } from './corpora.ts';
import { areaOf, lenientReaders } from './lenient-readers.ts';
import { inParallel, type RawServer, startRawServer } from './raw-server.ts';

describe.skipIf(!hasCorpora)('open redirects', () => {
  it.each(['oauth2-proxy-openredirects.txt', 'mod_auth_openidc-open-redirect-payload-list.txt'])(
    '%s: none leads a browser elsewhere',
    (file) => {
      const origin = 'https://app.bouncer.test';
      const payloads = corpusLines(`open-redirect/${file}`);
      expect(payloads.length).toBeGreaterThan(500);
      const leaving = payloads.filter((text) => {
        const address = checkReturnAddress(text, origin);
        // As a browser reads a `Location`, on the page that it came from and joined to an origin in a link.
        const places = [new URL(address, `${origin}/.bouncer/callback`), new URL(origin + address)];
        return (
          !/^\/(?![/\\])/.test(address) ||
          places.some(
            (url) => url.origin !== origin || url.username !== '' || url.pathname + url.search !== address,
          )
        );
      });
      expect(leaving).toEqual([]);
      // Nearly all of them are no paths at all, and become the root.
      const stayed = payloads.filter((text) => checkReturnAddress(text, origin) !== '/');
      expect(stayed.length).toBeLessThan(payloads.length / 10);
    },
  );
});

describe.skipIf(!hasCorpora)('path bypasses', () => {
  it('no spelling of a protected path is open for one of eight lenient servers', () => {
    const pieces = [...corpusLines('path/nomore403/midpaths'), ...corpusLines('path/nomore403/endpaths')];
    const targets = pieces.flatMap((piece) => [
      ...[`/admin${piece}`, `/admin/${piece}`, `/${piece}admin`, `/${piece}/admin`, `/public${piece}admin`],
      ...[
        `/public${piece}/admin`,
        `/public/${piece}admin`,
        `/public/${piece}/admin`,
        `/public/x/${piece}/${piece}/admin`,
      ],
    ]);
    let refused = 0;
    const bypasses: string[] = [];
    for (const text of targets) {
      const target = parseTarget(text);
      if ('problem' in target) {
        refused++;
        continue;
      }
      const areas = new Set([target.path, ...target.readings].map(areaOf));
      if (areas.size > 1) refused++;
      else if (!areas.has('/admin')) {
        for (const [server, reader] of Object.entries(lenientReaders)) {
          const read = reader(target.path);
          if (read !== null && areaOf(read) === '/admin') bypasses.push(`${text} for ${server}`);
        }
      }
    }
    expect(targets.length).toBeGreaterThan(1968);
    expect(bypasses).toEqual([]);
    expect(refused).toBeGreaterThan(targets.length / 2);
  });

  it('no header of the lists reaches an upstream with the client’s value', () => {
    const plan = compileHeaderPlan({
      assertionHeader: 'X-Bouncer-Jwt-Assertion',
      identityHeaders: [],
      requestHeaders: { set: [], remove: [] },
    });
    const our = {
      ...{
        host: 'a',
        forwardedFor: null,
        forwardedProto: 'https' as const,
        forwardedHost: 'a',
        requestId: 'r',
      },
      ...{ assertion: null, identity: [] },
    };
    // Ordinary fields that applications need, and that say nothing about identity or routing.
    const harmless = /^(?:origin|referer|referrer|x-referrer|content-type|x-wap-profile)$/i;
    const names = [
      ...corpusLines('path/nomore403/headers'),
      ...corpusLines('path/nomore403/simpleheaders').map((line) => line.split(' ')[0] ?? ''),
    ].filter((name) => !harmless.test(name));
    expect(names.length).toBeGreaterThan(40);
    expect(
      names.filter((name) =>
        upstreamRequestHeaders(['Host', 'a', name, '127.0.0.1'], our, plan).includes('127.0.0.1'),
      ),
    ).toEqual([]);
  });
});

describe.skipIf(!hasCorpora)('request smuggling', () => {
  let server: RawServer;
  beforeAll(async () => {
    server = await startRawServer();
  });
  afterAll(() => server.close());

  it('no mutation of Transfer-Encoding hides a request in a body', { timeout: 120_000 }, async () => {
    const gadgets = corpusRecords<{ id: string; headerLineHex: string }>(
      'smuggling/smuggler-te-gadgets.jsonl',
    );
    expect(gadgets.length).toBeGreaterThan(1500);
    const hidden = '0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: app.bouncer.test\r\n\r\n';
    const faults: string[] = [];
    await inParallel(gadgets, async ({ id, headerLineHex }) => {
      const line = Buffer.from(headerLineHex, 'hex');
      const start = Buffer.from('POST /first HTTP/1.1\r\nHost: app.bouncer.test\r\n');
      // A server that knows the length takes the whole for one body; one that believes the mutation sees a second request.
      const both = await server.send(
        Buffer.concat([start, line, Buffer.from(`\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`)]),
      );
      if (both.some(({ request }) => request.target.path === '/smuggled'))
        faults.push(`${id}: decided a hidden request`);
      const alone = await server.send(Buffer.concat([start, line, Buffer.from('\r\n\r\n0\r\n\r\n')]));
      // Two of the mutations are line breaks, which leave an honest field line behind.
      const isHonest = line
        .toString('latin1')
        .split('\r\n')
        .some((one) => /^transfer-encoding:[ \t]*chunked[ \t]*$/i.test(one));
      if (!isHonest && alone.some(({ request }) => request.hasBody))
        faults.push(`${id}: believed the mutation`);
    });
    expect(faults).toEqual([]);
  });

  it('completes no more requests than the parser’s authors see', {
    timeout: 60_000,
  }, async () => {
    const vectors = corpusRecords<{ id: string; rawHex: string; expect: string; messages: number }>(
      'smuggling/llhttp-request-vectors.jsonl',
    );
    expect(vectors.length).toBeGreaterThan(150);
    const faults: string[] = [];
    await inParallel(vectors, async ({ id, rawHex, messages }) => {
      const passed = await server.send(Buffer.from(rawHex, 'hex'));
      const whole = passed.filter(({ isWhole }) => isWhole).length;
      if (whole > messages) faults.push(`${id}: ${whole} of ${messages}`);
    });
    expect(faults).toEqual([]);
  });
});

describe.skipIf(!hasCorpora)('URL data', () => {
  it('a host that passes is the host that the URL standard names', () => {
    const hosts = corpusRecords<{ input: string; output: string | null } | string>('url/wpt-toascii.json');
    for (const row of hosts) {
      if (typeof row === 'string') continue;
      const parsed = parseHost(row.input);
      if (parsed !== null) expect(parsed.host, row.input).toBe(row.output);
    }
    const urls = corpusRecords<
      { input: string; host?: string; hostname?: string; protocol?: string } | string
    >('url/wpt-urltestdata.json');
    for (const row of urls) {
      if (typeof row === 'string' || row.host === undefined || !/^https?:$/.test(row.protocol ?? ''))
        continue;
      const parsed = parseHost(row.host);
      if (parsed !== null) expect(parsed.host, row.input).toBe(row.hostname?.replace(/\.$/, ''));
    }
  });

  it('a path that passes is read by the URL standard as one of its readings', () => {
    let passed = 0;
    const urls = corpusRecords<{ input: string } | string>('url/wpt-urltestdata.json');
    for (const row of urls) {
      if (typeof row === 'string') continue;
      const text = row.input.replace(/^[a-z]+:\/*[^/]*/i, '');
      const target = parseTarget(text);
      if ('problem' in target) continue;
      passed++;
      if (!URL.canParse(text, 'http://origin.test')) continue;
      const { pathname } = new URL(text, 'http://origin.test');
      // The standard encodes what we leave as sent.
      const seen = [target.path, ...target.readings].map(
        (path) => new URL(`http://x${path.replace(/[?#\\]/g, encodeURIComponent)}`).pathname,
      );
      expect(seen, text).toContain(pathname);
    }
    expect(passed).toBeGreaterThan(50);
  });
});
