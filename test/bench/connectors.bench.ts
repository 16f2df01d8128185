// What connectors of tunnels weigh at the edge while they wait. It says figures and asserts none:
// `npm run build && node test/bench/connectors.bench.ts [--counts 0,100,400]`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { issueJoinToken } from '../../src/tunnel/edge/issue-join-token.ts';
import { programFile } from './bench-origin.ts';
import { freePort, loadCore, makeFolder, pause, proxyCore, start } from './bench-processes.ts';

const { values: flags } = parseArgs({ options: { counts: { type: 'string', default: '0,100,400' } } });

async function weigh(count: number): Promise<void> {
  const folder = makeFolder();
  const [port, edgePort] = [await freePort(), await freePort()];
  mkdirSync(join(folder, 'policies'));
  writeFileSync(
    join(folder, 'bouncer.yaml'),
    `auth_url: http://bench.localhost:${port}
listen: 127.0.0.1:${port}
rules: policies
data_dir: data
tunnel: { listen: "127.0.0.1:${edgePort}", addresses: ["127.0.0.1:${edgePort}"] }
limits: { connections: 30000, connections_per_address: 30000 }
identity_providers: [{ id: bench, type: oidc, issuer: "http://localhost:1", client_id: bench }]
`,
  );
  writeFileSync(
    join(folder, 'policies', 'bench.yaml'),
    `applications:
  - name: bench
    host: wiki.localhost
    upstream: tunnel:office/wiki
    policies: [{ name: staff, action: allow, include: [{ email_domain: example.com }] }]
`,
  );
  const store = createStore(join(folder, 'data'));
  await store.tunnels.createTunnel({ name: 'office', createdAtMs: Date.now(), share: null });
  const { text } = await issueJoinToken(store, {
    ...{ tunnel: 'office', addresses: [`127.0.0.1:${edgePort}`] },
    reusable: { lifetimeMs: 3_600_000, from: null, maxConnectors: null },
  });
  const args = [programFile('../../dist/main.js'), 'serve', '-c', join(folder, 'bouncer.yaml')];
  const edge = await start(process.execPath, {
    core: proxyCore,
    args,
    port,
    env: { NODE_ENV: 'production' },
  });
  const connectors = await start(process.execPath, {
    core: loadCore,
    args: [programFile('tunnel-connectors.ts'), text, String(count), 'http://127.0.0.1:1'],
    port: null,
  });
  let connected = 0;
  for (let attempt = 0; attempt < 240 && connected < count; attempt++) {
    await pause(500);
    connected = (await store.tunnels.read()).connectors.length;
  }
  await pause(5_000);
  const before = edge.cpuUs();
  await pause(20_000);
  const cpu = (edge.cpuUs() - before) / 20 / 10_000;
  const { rssKb } = edge.memory();
  process.stdout.write(
    `${connected} connectors, two connections each: ${(rssKb / 1024).toFixed(0)} MB, ${cpu.toFixed(1)} % of a core\n`,
  );
  await connectors.stop();
  await edge.stop();
  await store.close();
}

for (const count of flags.counts.split(',')) await weigh(Number(count));
process.exit();
