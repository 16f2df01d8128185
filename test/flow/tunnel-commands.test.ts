// What an operator reads of a tunnel, and does to one of its connectors, while requests go through it: `tunnel info`, `tunnel drain`,
// metrics.
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { findFreePort } from '../../src/demo/free-port.ts';
import { parseJoinToken } from '../../src/tunnel/wire/join-token.ts';
import { runCommand } from '../cli/run-command.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { connectorTo, services, waitUntil } from '../tunnel/tunnel-fixture.ts';

let site: Site;
let metricsUrl: string;
let edgePort: number;

const rules = `
applications:
  - name: wiki
    host: wiki.localhost
    upstream: tunnel:office/wiki
    policies:
      - { name: open, action: bypass, include: [everyone] }
`;

beforeAll(async () => {
  edgePort = await findFreePort(0, 1);
  const management = await findFreePort(0, 1);
  metricsUrl = `http://127.0.0.1:${management}/metrics`;
  site = await startSite({
    rules,
    settings: `
management: "127.0.0.1:${management}"
tunnel: { listen: "127.0.0.1:${edgePort}", addresses: ["127.0.0.1:${edgePort}"] }
`,
  });
});
afterAll(() => site.close());

const command = (...args: readonly string[]) => runCommand(args, { cwd: site.folder });
const get = (path: string) => site.browser().get(site.at('wiki.localhost', path));

/** Of one series; `undefined`: it is not there. */
async function metric(series: string): Promise<number | undefined> {
  const text = await (await fetch(metricsUrl)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

const ofOffice = (what: string) => metric(`bouncer_tunnel_${what}{tunnel="office"}`);

/** An application that answers, and sends one response for as long as its test goes on. */
async function startApplication(): Promise<string> {
  const server = createServer((req, res) => {
    if (req.url !== '/stream') {
      res.end('ok');
      return;
    }
    const timer = setInterval(() => res.write('tick\n'), 20);
    res.on('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

async function describe(): Promise<{
  readonly openTokens: number;
  readonly connectors: readonly {
    readonly id: string;
    readonly isDrained: boolean;
    readonly connections: readonly { readonly isUsable: boolean; readonly requests: number }[];
  }[];
}> {
  return JSON.parse((await command('tunnel', 'info', 'office', '--json')).stdout);
}

test('a tunnel is described and counted, and a connector that is drained finishes what it has and gets nothing new', async () => {
  const { stdout } = await command('tunnel', 'create', 'office');
  expect(await describe()).toMatchObject({ openTokens: 1, connectors: [], share: null });
  await waitUntil(async () => (await ofOffice('connections')) === 0);
  connectorTo(parseJoinToken(stdout.trim()), services(`wiki=${await startApplication()}`));
  const [connector] = await waitUntil(async () => {
    const { connectors } = await describe();
    return connectors[0]?.connections.length === 2 && connectors;
  });
  const id = connector?.id ?? '';

  expect((await get('/')).status).toBe(200);
  const stream = connect(site.port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void stream.destroy());
  let ticks = 0;
  stream.on('data', (chunk: Buffer) => (ticks += String(chunk).split('tick').length - 1));
  stream.write('GET /stream HTTP/1.1\r\nhost: wiki.localhost\r\n\r\n');
  await waitUntil(() => ticks > 3);

  await waitUntil(async () => (await ofOffice('connections')) === 2);
  await waitUntil(async () => (await ofOffice('requests_total')) === 2);
  expect(await ofOffice('streams')).toBeGreaterThanOrEqual(1);
  expect(await ofOffice('round_trip_seconds')).toBeLessThan(5);
  expect(await metric('bouncer_tunnel_buffer_bytes')).toBeGreaterThan(0);

  expect((await command('tunnel', 'drain', id)).stdout).toContain('gets nothing new within a second');
  await waitUntil(async () => (await ofOffice('connections')) === 0);
  expect((await get('/')).status).toBe(502);
  const before = ticks;
  await waitUntil(() => ticks > before + 10);
  // Bouncers say every few seconds what they have.
  await waitUntil(async () =>
    (await describe()).connectors[0]?.connections.every(({ isUsable }) => !isUsable),
  );
  const { stdout: info } = await command('tunnel', 'info', 'office');
  expect(info).toMatch(/^tunnel +office\n/);
  expect(info).toMatch(/^open tokens +0$/m);
  expect(info).toMatch(new RegExp(`^connector +${id}$`, 'm'));
  expect(info).toMatch(/^drained +nothing new goes to it/m);
  expect(
    info.match(/^connection +to .+ from 127\.0\.0\.1, version 0\.0\.0-test, .+ offers wiki$/gm),
  ).toHaveLength(2);
  expect((await command('tunnel', 'list')).stdout).toMatch(new RegExp(`office +${id} +drained`));

  expect((await command('tunnel', 'drain', id, '--undo')).stdout).toContain('takes requests again');
  await waitUntil(async () => (await ofOffice('connections')) === 2);
  expect((await get('/')).status).toBe(200);
  await waitUntil(async () => (await ofOffice('requests_total')) === 3);

  // What was counted goes on counting when the connection is over, and who is not let in is counted too.
  expect((await command('tunnel', 'revoke-connector', id)).code).toBe(0);
  await waitUntil(async () => (await ofOffice('connections')) === 0);
  expect(await ofOffice('requests_total')).toBe(3);
  await waitUntil(async () => (await ofOffice('streams')) === 0);
  await waitUntil(async () => ((await metric('bouncer_tunnel_refused_total{reason="unknown"}')) ?? 0) > 0);
  await waitUntil(async () => (await metric('bouncer_tunnel_buffer_bytes')) === 0);
});

test.each([
  [['info', 'nowhere'], 'there is no tunnel `nowhere`'],
  [['drain', 'c_000000000000'], 'there is no connector `c_000000000000`'],
  [['drain', 'c_000000000000', '--undo'], 'there is no connector `c_000000000000`'],
])('`tunnel %s` says what is not there', async (args, text) => {
  const { code, stderr } = await command('tunnel', ...args);
  expect(code).not.toBe(0);
  expect(stderr).toContain(text);
});
