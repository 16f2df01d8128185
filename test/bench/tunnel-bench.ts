// `npm run bench:tunnels [-- --rounds 3 --seconds 5 --only NAMES --json FILE]`: one edge with the same application beside it and behind a
// connector, in interleaved rounds. All processes share the two cores, as they would on one machine: only ratios mean anything.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadWithWrk, type Sample, type Target, transfer } from './bench-load.ts';
import { gigabyte, programFile, startOrigin } from './bench-origin.ts';
import { freePort, makeFolder, pause, type Running, start } from './bench-processes.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    only: { type: 'string', default: 'rate,latency,down,up,long-line,stalled,waiting,prototype' },
    json: { type: 'string' },
    /** Of another build. */
    program: { type: 'string', default: programFile('../../dist/main.js') },
  },
});
const rounds = Number(flags.rounds);
const seconds = Number(flags.seconds);
const main = flags.program;
const roundTripMs = 50;

interface World {
  readonly folder: string;
  readonly port: number;
  readonly edge: Running;
  readonly edgePort: number;
  readonly connector: Running;
  /** Behind the long line. */
  readonly far: Running;
  readonly origin: { readonly url: string };
  readonly uploads: { readonly url: string };
}

async function startWorld(): Promise<World> {
  const folder = makeFolder();
  const [origin, uploads] = [await startOrigin('files'), await startOrigin('uploads')];
  const [port, edgePort, linePort] = [await freePort(), await freePort(), await freePort()];
  const application = (name: string, upstream: string): string =>
    `  - { name: ${name}, host: ${name}.localhost, upstream: "${upstream}", upstream_options: { max_connections: 4096, max_connections_per_client: 4096 }, policies: [{ name: open, action: bypass, include: [everyone] }] }\n`;
  writeFileSync(
    join(folder, 'rules.yaml'),
    `applications:\n${[
      application('direct', origin.url),
      application('tunnel', 'tunnel:near/files'),
      application('far', 'tunnel:far/files'),
      application('direct-up', uploads.url),
      application('tunnel-up', 'tunnel:near/uploads'),
    ].join('')}`,
  );
  const settings = (addresses: readonly string[]): string => `auth_url: http://auth.localhost:${port}
listen: 127.0.0.1:${port}
rules: rules.yaml
data_dir: data
log: { level: info, format: json }
limits: { connections: 8192, connections_per_address: 8192, stalled_per_address: 4096 }
tunnel: { listen: "127.0.0.1:${edgePort}", addresses: ${JSON.stringify(addresses)} }
identity_providers: [{ id: test, type: oidc, label: Test, issuer: "http://127.0.0.1:9", client_id: bench, client_secret: bench }]
`;
  // Connectors learn where the edges are from the edge: behind the long line it has another address than beside it.
  writeFileSync(join(folder, 'bouncer.yaml'), settings([`127.0.0.1:${edgePort}`]));
  writeFileSync(join(folder, 'far.yaml'), settings([`127.0.0.1:${linePort}`]));
  await makeToken(folder, ['create', 'near', '-c', 'bouncer.yaml'], 'near-token');
  await makeToken(folder, ['create', 'far', '-c', 'far.yaml'], 'far-token');
  const edge = await start(process.execPath, {
    ...{ core: 'any', args: [main, 'serve', '-c', 'bouncer.yaml'], cwd: folder, port },
    outputFile: '/dev/null',
  });
  await start(process.execPath, {
    ...{ core: 'any', port: linePort },
    args: [programFile('delay-relay.ts'), String(linePort), String(edgePort), String(roundTripMs)],
  });
  const connectorTo = async (name: string): Promise<Running> => {
    const manage = await freePort();
    const args = ['connector', 'run', '--token-file', `${name}-token`, '--key-file', `${name}.key`];
    return start(process.execPath, {
      ...{ core: 'any', cwd: folder, port: manage, outputFile: '/dev/null' },
      args: [
        ...[main, ...args, '--service', `files=${origin.url}`, '--service', `uploads=${uploads.url}`],
        ...['--management', `127.0.0.1:${manage}`],
      ],
    });
  };
  const [connector, far] = [await connectorTo('near'), await connectorTo('far')];
  await pause(3_000);
  return { folder, port, edge, edgePort, connector, far, origin, uploads };
}

async function makeToken(folder: string, args: readonly string[], file: string): Promise<void> {
  const child = spawn(process.execPath, [main, 'tunnel', ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += String(chunk)));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error('there is no token');
  writeFileSync(join(folder, file), text, { mode: 0o600 });
}

const at = ({ port }: World, name: string, process_: Running | null): Target => ({
  port,
  headers: { Host: `${name}.localhost:${port}` },
  process: process_,
});

/** What two processes cost together, as one. */
function together(...all: readonly Running[]): Running {
  const [first] = all;
  if (first === undefined) throw new Error('nobody');
  return {
    ...first,
    cpuUs: () => all.reduce((sum, one) => sum + one.cpuUs(), 0),
    memory: () => first.memory(),
  };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

type Measure = (target: Target) => Promise<Sample>;

/** The same beside the edge and behind the connector, in turn. */
async function compare(world: World, suffix: string, measure: Measure): Promise<Record<string, number>> {
  const direct: Sample[] = [];
  const tunnel: Sample[] = [];
  for (let round = 0; round < rounds; round++) {
    direct.push(await measure(at(world, `direct${suffix}`, world.edge)));
    tunnel.push(await measure(at(world, `tunnel${suffix}`, together(world.edge, world.connector))));
  }
  const of = (samples: readonly Sample[], key: 'perSecond' | 'cpuUsPerUnit' | 'p50Ms' | 'p99Ms'): number =>
    median(samples.map((sample) => sample[key] ?? 0));
  const errors = [...direct, ...tunnel].reduce((sum, sample) => sum + sample.errors, 0);
  return {
    ...{ direct: of(direct, 'perSecond'), tunnel: of(tunnel, 'perSecond') },
    ratio: of(tunnel, 'perSecond') / of(direct, 'perSecond'),
    ...{ directCpuUs: of(direct, 'cpuUsPerUnit'), tunnelCpuUs: of(tunnel, 'cpuUsPerUnit') },
    addedP50Ms: of(tunnel, 'p50Ms') - of(direct, 'p50Ms'),
    errors,
  };
}

/** The usual way to build a tunnel, beside ours: what a request of 1 KB costs the edge and the connector of each. */
async function besidePrototype(world: World): Promise<Record<string, number>> {
  const [port, tunnelPort] = [await freePort(), await freePort()];
  const role = (args: readonly string[], readyAt: number | null): Promise<Running> =>
    start(process.execPath, {
      ...{ core: 'any', port: readyAt },
      args: [programFile('tunnel-prototype.ts'), ...args],
    });
  const edge = await role(['edge', String(port), String(tunnelPort)], port);
  const connector = await role(['connector', String(tunnelPort), world.origin.url], null);
  await pause(2_000);
  const theirs: Target = { port, headers: { Host: 'prototype' }, process: together(edge, connector) };
  const ours = at(world, 'tunnel', together(world.edge, world.connector));
  const samples: { ours: Sample; theirs: Sample }[] = [];
  for (let round = 0; round < rounds; round++)
    samples.push({ theirs: await wrkRate(32)(theirs), ours: await wrkRate(32)(ours) });
  await Promise.all([edge.stop(), connector.stop()]);
  const of = (whose: 'ours' | 'theirs', key: 'perSecond' | 'cpuUsPerUnit'): number =>
    median(samples.map((sample) => sample[whose][key] ?? 0));
  return {
    ...{ ours: of('ours', 'perSecond'), theirs: of('theirs', 'perSecond') },
    ...{ oursCpuUs: of('ours', 'cpuUsPerUnit'), theirsCpuUs: of('theirs', 'cpuUsPerUnit') },
    cpuRatio: median(
      samples.map((sample) => (sample.ours.cpuUsPerUnit ?? 0) / (sample.theirs.cpuUsPerUnit ?? 1)),
    ),
    errors: samples.reduce((sum, { ours: one, theirs: other }) => sum + one.errors + other.errors, 0),
  };
}

const wrkRate =
  (connections: number): Measure =>
  (target) =>
    loadWithWrk(target, '/1k', { seconds, connections });

async function longLine(world: World): Promise<Record<string, number>> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++)
    samples.push((await transfer(at(world, 'far', world.edge), '/1g', null)).perSecond);
  return { roundTripMs, megabytesPerSecond: median(samples) };
}

/** A child that says `ready`. */
async function helper(name: string, ...args: readonly string[]): Promise<{ stop(): void }> {
  const child = spawn(process.execPath, [programFile(name), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return { stop: () => void child.kill('SIGKILL') };
}

async function stalled(world: World): Promise<Record<string, number>> {
  const target = at(world, 'tunnel', world.edge);
  const rate = async (): Promise<number> => (await wrkRate(16)(target)).perSecond;
  const before = await rate();
  const beforeKb = world.edge.memory().rssKb;
  const many = await helper(
    'stalled-downloads.ts',
    String(world.port),
    `tunnel.localhost:${world.port}`,
    '1000',
  );
  // What they take into the buffers of their sockets before they stand still is traffic like any other.
  await pause(30_000);
  const grownMb = (world.edge.memory().rssKb - beforeKb) / 1024;
  const during = await rate();
  many.stop();
  return { downloads: 1_000, before, during, ratio: during / before, grownMb };
}

const waitingConnectors = 500;
/** After that, most of what connecting took was collected. */
const settledMs = 15_000;

/** What the first ones weigh, and what as many more do, kilobytes: the first make the heap of a process larger as well. */
async function weighTwice(
  process_: Running,
  fill: () => Promise<{ stop(): void }>,
): Promise<readonly [number, number]> {
  const grown: number[] = [];
  const fills: { stop(): void }[] = [];
  await pause(settledMs);
  for (let step = 0; step < 2; step++) {
    const before = process_.memory().rssKb;
    fills.push(await fill());
    await pause(settledMs);
    grown.push(process_.memory().rssKb - before);
  }
  for (const one of fills) one.stop();
  return [grown[0] ?? 0, grown[1] ?? 0];
}

/** What connectors that do nothing weigh at the edge, beside as many connections of Node's own parts alone. */
async function waiting(world: World): Promise<Record<string, number>> {
  const reusable = ['--reusable', '--expires', '1h'];
  await makeToken(world.folder, ['create', 'waiting', ...reusable, '-c', 'bouncer.yaml'], 'waiting-token');
  const token = readFileSync(join(world.folder, 'waiting-token'), 'utf8').trim();
  const [count, connections] = [String(waitingConnectors), String(2 * waitingConnectors)];
  const [first, more] = await weighTwice(world.edge, () =>
    helper('tunnel-connectors.ts', token, count, 'http://127.0.0.1:1'),
  );
  const port = await freePort();
  const floor = await start(process.execPath, {
    ...{ core: 'any', port },
    args: [programFile('waiting-floor.ts'), 'serve', String(port)],
  });
  const [firstFloor, moreFloor] = await weighTwice(floor, () =>
    helper('waiting-floor.ts', 'fill', String(port), connections),
  );
  await floor.stop();
  return {
    ...{ kbEach: more / waitingConnectors, floorKbEach: moreFloor / waitingConnectors },
    ratio: more / moreFloor,
    ...{ megabytesFor1000: (first + more) / 1_024, floorMegabytesFor1000: (firstFloor + moreFloor) / 1_024 },
  };
}

const world = await startWorld();
const file = join(world.folder, 'upload');
writeFileSync(file, '');
truncateSync(file, gigabyte);
const parts: Readonly<Record<string, () => Promise<Record<string, number>>>> = {
  rate: () => compare(world, '', wrkRate(32)),
  latency: () => compare(world, '', wrkRate(1)),
  down: () => compare(world, '', (target) => transfer(target, '/1g', null)),
  up: () => compare(world, '-up', (target) => transfer(target, '/upload', file)),
  'long-line': () => longLine(world),
  stalled: () => stalled(world),
  waiting: () => waiting(world),
  prototype: () => besidePrototype(world),
};
const results: Record<string, Record<string, number>> = {};
for (const name of flags.only.split(',')) {
  const part = parts[name];
  if (part === undefined) throw new Error(`no such part: ${name}`);
  results[name] = await part();
  const figures = Object.entries(results[name]).map(
    ([key, value]) => `${key} ${Number(value.toPrecision(4))}`,
  );
  process.stdout.write(`${name.padEnd(10)} ${figures.join('  ')}\n`);
}
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(results, null, 2)}\n`);
process.exit(0);
