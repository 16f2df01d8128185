// The upstream answers what it should not, or is bouncer itself; and what TLS says must fit to what HTTP says.
import { connect as connectTls } from 'node:tls';
import { findFreePort } from '../../src/demo/free-port.ts';
import { createCertificates } from '../upstream/forward/certificates.ts';
import { type AttackSite, appHost, attackRules, cookieName, otherHost } from './attack-site.ts';
import { type Flow, nothing, sleep } from './flow.ts';
import { exchangeRaw, readResponses, wireBytes } from './raw-exchange.ts';
import { fieldValues } from './recorder.ts';

function handshake(token: string): string {
  return [
    'GET /ws HTTP/1.1',
    `Host: ${appHost}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Origin: https://${appHost}`,
    `Cookie: ${cookieName}=${token}`,
    '\r\n',
  ].join('\r\n');
}

/** The upstream answers a handshake with this; what the client gets, and what it says after that, must not make a tunnel. */
async function answerHandshake(
  site: AttackSite,
  answer: string,
): Promise<{ status: number; tunnelled: string }> {
  const token = await site.token('alice');
  site.upstream.answerWith(answer);
  const before = site.upstream.seen.length;
  const late = 'GET /smuggled HTTP/1.1\r\nHost: app.bouncer.test\r\n\r\n';
  const { responses } = await exchangeRaw(site.port, wireBytes(handshake(token) + late), { quietMs: 150 });
  site.upstream.answerWith(null);
  return {
    status: responses[0]?.status ?? 0,
    tunnelled: site.upstream.seen
      .slice(before)
      .map(({ body }) => body)
      .join(''),
  };
}

const refusedUpgrade: Flow = async (one, { honest }) => {
  const problems: string[] = [];
  for (const status of [200, 302, 404, 500]) {
    const more = status === 302 ? 'Location: /elsewhere\r\n' : '';
    const answer = `HTTP/1.1 ${status} Said\r\n${more}Content-Length: 2\r\n\r\nno`;
    const got = await answerHandshake(honest, answer);
    if (!(one.expected.status ?? []).includes(got.status)) problems.push(`${status} became ${got.status}`);
    if (got.tunnelled !== '')
      problems.push(`after ${status} the upstream got: ${got.tunnelled.slice(0, 40)}`);
  }
  return problems;
};

const wrongAccept: Flow = async (one, { honest }) => {
  const problems: string[] = [];
  const right = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
  for (const fields of [
    ['Upgrade: h2c', right],
    ['Upgrade: websocket', 'Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
    ['Upgrade: websocket'],
    [right],
  ]) {
    const answer = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n${fields.join('\r\n')}\r\n\r\n`;
    const got = await answerHandshake(honest, answer);
    if (!(one.expected.status ?? []).includes(got.status))
      problems.push(`${fields.join(', ')}: ${got.status}`);
    if (got.tunnelled !== '') problems.push(`${fields.join(', ')}: tunnelled ${got.tunnelled.slice(0, 40)}`);
  }
  return problems;
};

const redirectIsTheClients: Flow = async (_, { honest }) => {
  const location = 'http://169.254.169.254/';
  honest.upstream.answerWith(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
  const { responses } = await exchangeRaw(
    honest.port,
    wireBytes(`GET /public HTTP/1.1\r\nHost: ${appHost}\r\n\r\n`),
  );
  honest.upstream.answerWith(null);
  const [got] = fieldValues(responses[0]?.rawHeaders ?? [], 'location');
  return responses[0]?.status === 302 && got === location ? nothing : [`${responses[0]?.status} to ${got}`];
};

/** A rule that names bouncer's own address: one request must not become a thousand. */
const ownUpstream: Flow = async (one, sites) => {
  const port = await findFreePort(0, 1);
  const site = await sites.own({
    provider: 'hostile',
    port,
    rules: attackRules.replaceAll('UPSTREAM', `http://127.0.0.1:${port}`),
  });
  const { responses } = await exchangeRaw(
    site.port,
    wireBytes(`GET /public HTTP/1.1\r\nHost: ${appHost}\r\n\r\n`),
    { patienceMs: 4000 },
  );
  await sleep(100);
  const count = site.records().filter(({ path }) => path === '/public').length;
  const status = responses[0]?.status;
  return [
    ...((one.expected.status ?? []).includes(status ?? 0) ? nothing : [`status ${status}`]),
    ...(count <= 3 ? nothing : [`one request became ${count}`]),
  ];
};

/** The connection was made for one host by TLS; the request on it names another. */
const otherServerName: Flow = async (one, sites) => {
  const certificates = createCertificates();
  const { certFile, keyFile } = certificates.issue('front', `DNS:${appHost},DNS:${otherHost}`);
  try {
    const site = await sites.own({
      provider: 'hostile',
      settings: `tls: { cert_file: ${certFile}, key_file: ${keyFile} }`,
    });
    const ask = (host: string): Promise<number> =>
      new Promise((resolve) => {
        const socket = connectTls({
          port: site.port,
          host: '127.0.0.1',
          servername: appHost,
          ca: certificates.ca,
        });
        let text = '';
        socket.on('error', () => resolve(0));
        socket.on('data', (chunk: Buffer) => {
          text += chunk.toString('latin1');
          const [response] = readResponses(text, false, false);
          if (response === undefined) return;
          socket.destroy();
          resolve(response.status);
        });
        socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      });
    const status = await ask('mtls.bouncer.test');
    // A host of ours is decided by its own policies, whatever the connection was made for.
    const other = await ask(otherHost);
    return [
      ...((one.expected.status ?? []).includes(status) ? nothing : [`an unknown host: ${status}`]),
      ...([302, 401, 421].includes(other) ? nothing : [`the other host: ${other}`]),
      ...(site.upstream.bytes() === 0 ? nothing : ['the upstream was reached']),
    ];
  } finally {
    certificates.remove();
  }
};

export const upstreamFlows: Readonly<Record<string, Flow>> = {
  'HOST-035': otherServerName,
  'UPG-009': refusedUpgrade,
  'UPG-010': wrongAccept,
  'UPS-003': redirectIsTheClients,
  'UPS-013': ownUpstream,
};
