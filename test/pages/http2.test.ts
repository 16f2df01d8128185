// The pages behind the front server's HTTP/2 messages, which have other prototypes than node:http's.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, createServer, type Http2Server, type OutgoingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { FrontHttp2Request, FrontHttp2Response } from '../../src/front/http2-messages.ts';
import { erin, loginsThat, pagesListener, type ServeOptions } from './page-fixtures.ts';

let server: Http2Server | undefined;
afterEach(() => void server?.close());

async function ask(options: ServeOptions, headers: OutgoingHttpHeaders, body = '') {
  const listener = pagesListener(options);
  server = createServer(
    { Http2ServerRequest: FrontHttp2Request, Http2ServerResponse: FrontHttp2Response } as object,
    (req, res) => listener(req as unknown as IncomingMessage, res as unknown as ServerResponse),
  );
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    return await new Promise<{ head: Readonly<Record<string, unknown>>; text: string }>((resolve, reject) => {
      let head: Readonly<Record<string, unknown>> = {};
      let text = '';
      client.on('error', reject);
      const stream = client.request(headers);
      stream.setEncoding('utf8');
      stream.on('response', (found) => {
        head = found;
      });
      stream.on('data', (chunk: string) => {
        text += chunk;
      });
      stream.on('end', () => resolve({ head, text }));
      stream.on('error', reject);
      if (body !== '') stream.end(body);
    });
  } finally {
    client.close();
  }
}

describe('over HTTP/2', () => {
  test('a page comes whole, with its headers', async () => {
    const { head, text } = await ask({ context: { identity: erin } }, { ':path': '/.bouncer/' });
    expect(head[':status']).toBe(200);
    expect(head['content-security-policy']).toContain("default-src 'none'");
    expect(text).toContain('Your applications');
    expect(text.trimEnd().endsWith('</html>')).toBe(true);
  });

  test('a redirect carries its cookies', async () => {
    const step = {
      kind: 'redirect',
      location: 'https://login.corp.example/',
      setCookies: ['a=1', 'b=2'],
    } as const;
    const { head } = await ask({ logins: loginsThat(step) }, { ':path': '/.bouncer/login' });
    expect(head[':status']).toBe(302);
    expect(head['set-cookie']).toEqual(['a=1', 'b=2']);
  });

  test.each<OutgoingHttpHeaders>([{}, { 'content-length': 17 }])('a form is read (%j)', async (length) => {
    const { head } = await ask(
      { context: { headers: { hasBody: true } } },
      {
        ':method': 'POST',
        ':path': '/.bouncer/backchannel-logout',
        'content-type': 'application/x-www-form-urlencoded',
        ...length,
      },
      'logout_token=good',
    );
    expect(head[':status']).toBe(200);
  });

  test('a fault inside is a page', async () => {
    const logins = loginsThat(() => Promise.reject(new Error('broken')));
    const { head, text } = await ask({ logins }, { ':path': '/.bouncer/login' });
    expect(head[':status']).toBe(500);
    expect(text).toContain('r7k2-93h');
  });
});
