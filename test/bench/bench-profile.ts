// A CPU profile of bouncer on the hot path, summed by function and by part of the program.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadWithWrk } from './bench-load.ts';
import { type PeerContext, startBouncer, startProgram } from './bench-peers.ts';
import { makeFolder } from './bench-processes.ts';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** Microseconds on V8's clock. */
  readonly endTime: number;
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface Cost {
  readonly name: string;
  /** Microseconds a request. */
  readonly us: number;
  /** Of the time that the process was not idle. */
  readonly share: number;
}

export interface Profile {
  readonly groups: readonly Cost[];
  readonly functions: readonly Cost[];
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Where a function belongs, by the file it is in; the first that matches. */
const groups: readonly (readonly [string, RegExp])[] = [
  ['undici', /node_modules\/undici\/|node:internal\/deps\/undici/],
  ['gate and header rules (src/http)', /\/dist\/http\//],
  ['session (src/identity, src/store)', /\/dist\/(identity|store)\//],
  ['decide (src/rules)', /\/dist\/rules\//],
  ['assert (src/assertion)', /\/dist\/assertion\//],
  ['log (src/telemetry)', /\/dist\/telemetry\//],
  ['front server (src/front)', /\/dist\/front\//],
  ['pipeline (src/gateway, src/configuration)', /\/dist\/(gateway|configuration)\//],
  ['forward (src/upstream)', /\/dist\/upstream\//],
  ['other dependencies', /node_modules\//],
  ["Node's HTTP server", /node:_http_/],
  ["Node's sockets and streams", /node:(net|internal\/(stream|streams|js_stream|net)|stream|internal\/tls)/],
  ["Node's SQLite and crypto", /node:(sqlite|crypto|internal\/crypto)/],
  [
    "Node's timers, ticks and events",
    /node:(events|timers|internal\/(timers|process|async_hooks|events|util))/,
  ],
  ["the rest of Node's own code", /^node:/],
  ['the rest of bouncer', /\/dist\//],
];

/** Run the 1 KB load against a bouncer, or bare undici, that is profiled. */
export async function profilePeer(
  name: 'bouncer' | 'bare-undici',
  context: PeerContext,
  seconds: number,
): Promise<Profile> {
  const folder = makeFolder();
  const nodeArgs = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=200'];
  const peer = await (name === 'bouncer'
    ? startBouncer(context, { nodeArgs })
    : startProgram(name, context, nodeArgs));
  const target = { port: peer.port, headers: peer.headers, process: peer.process };
  const load = await loadWithWrk(target, '/1k', { seconds, connections: 32 });
  await peer.process.stop();
  const file = readdirSync(folder).find((one) => one.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error(`${name} wrote no profile`);
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
  return summarize(profile, seconds * 1e6, load.cpuUsPerUnit ?? 0);
}

/** Only the last `windowUs` count: the start, with its loading and compiling, is not the hot path. */
function summarize(profile: CpuProfile, windowUs: number, cpuUsPerRequest: number): Profile {
  const selfUs = new Map<number, number>();
  let atUs = profile.startTime;
  profile.samples.forEach((id, index) => {
    const us = profile.timeDeltas[index] ?? 0;
    atUs += us;
    if (atUs > profile.endTime - windowUs) selfUs.set(id, (selfUs.get(id) ?? 0) + us);
  });
  const byFunction = new Map<string, number>();
  const byGroup = new Map<string, number>();
  let busyUs = 0;
  for (const { id, callFrame } of profile.nodes) {
    const us = selfUs.get(id) ?? 0;
    if (us === 0 || callFrame.functionName === '(idle)') continue;
    busyUs += us;
    const group = groupOf(callFrame.functionName, callFrame.url);
    byGroup.set(group, (byGroup.get(group) ?? 0) + us);
    const name = nameOf(callFrame);
    byFunction.set(name, (byFunction.get(name) ?? 0) + us);
  }
  const costs = (sums: ReadonlyMap<string, number>): Cost[] =>
    [...sums]
      .map(([name, us]) => ({ name, us: (us / busyUs) * cpuUsPerRequest, share: us / busyUs }))
      .toSorted((a, b) => b.us - a.us);
  return { groups: costs(byGroup), functions: costs(byFunction).slice(0, 25) };
}

function groupOf(functionName: string, url: string): string {
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(program)') return 'native code outside of functions (event loop, system calls)';
  if (url === '') return `built-in functions and system calls from JavaScript`;
  return groups.find(([, pattern]) => pattern.test(url))?.[0] ?? 'other';
}

function nameOf(frame: {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}): string {
  const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
  const file = frame.url.startsWith('file:') ? fileURLToPath(frame.url).replace(root, '') : frame.url;
  return file === '' ? name : `${name} ${file}:${frame.lineNumber + 1}`;
}

/** Markdown tables: bouncer's parts beside those of bare undici, and bouncer's functions. */
export function renderProfile(bouncer: Profile, bare: Profile): string {
  const bareUs = (name: string): number => bare.groups.find((one) => one.name === name)?.us ?? 0;
  const names = [...bouncer.groups, ...bare.groups].map((one) => one.name);
  const parts = [...new Set(names)].map((name) => {
    const mine = bouncer.groups.find((one) => one.name === name)?.us ?? 0;
    return `| ${name} | ${mine.toFixed(1)} | ${bareUs(name).toFixed(1)} | ${(mine - bareUs(name)).toFixed(1)} |`;
  });
  const functions = bouncer.functions.map(
    ({ name, us, share }) =>
      `| \`${name.replaceAll('|', '\\|')}\` | ${us.toFixed(1)} | ${(share * 100).toFixed(1)} % |`,
  );
  return `Self time in CPU profiles of the 1 KB load, in microseconds of CPU time a request (the profiler itself costs some of it).

| part | bouncer | bare undici | difference |
| --- | ---: | ---: | ---: |
${parts.join('\n')}

| function of bouncer's process | µs a request | share |
| --- | ---: | ---: |
${functions.join('\n')}
`;
}
