// A CPU profile of bouncer on the hot path, summed by function and by part of the program.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startBouncer } from './bench-bouncer.ts';
import { loadWithH2load } from './bench-h2load.ts';
import { loadWithWrk } from './bench-load.ts';
import type { PeerContext } from './bench-peer.ts';
import { startProgram } from './bench-peers.ts';
import { makeFolder } from './bench-processes.ts';
import { http2 } from './bench-scenarios.ts';

interface Frame {
  readonly functionName: string;
  readonly url: string;
  /** From 0. */
  readonly lineNumber: number;
  readonly columnNumber: number;
}

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[];
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
  ['gate and header rules (src/http)', /\/src\/http\//],
  ['session (src/identity, src/store)', /\/src\/(identity|store)\//],
  ['decide (src/rules)', /\/src\/rules\//],
  ['assert (src/assertion)', /\/src\/assertion\//],
  ['log (src/telemetry)', /\/src\/telemetry\//],
  ['front server (src/front)', /\/src\/front\//],
  ['pipeline (src/gateway, src/configuration)', /\/src\/(gateway|configuration)\//],
  ['forward (src/upstream)', /\/src\/upstream\//],
  ['other dependencies', /node_modules\//],
  ["Node's HTTP server", /node:_http_/],
  ["Node's HTTP/2", /node:internal\/http2\//],
  ["Node's sockets and streams", /node:(net|internal\/(stream|streams|js_stream|net)|stream|internal\/tls)/],
  ["Node's SQLite and crypto", /node:(sqlite|crypto|internal\/crypto)/],
  [
    "Node's timers, ticks and events",
    /node:(events|timers|internal\/(timers|process|async_hooks|events|util))/,
  ],
  ["the rest of Node's own code", /^node:/],
  ['the rest of bouncer', /\/src\//],
];

/** Run the 1 KB load, of HTTP/2 where there is a certificate, against a bouncer, or bare undici, that is profiled. */
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
  const load = await (context.tls === undefined
    ? loadWithWrk(target, '/1k', { seconds, connections: 32 })
    : loadWithH2load(target, '/1k', { seconds, ...http2 }));
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
    const frame = inSources(callFrame);
    const group = groupOf(frame.functionName, frame.url);
    byGroup.set(group, (byGroup.get(group) ?? 0) + us);
    const name = nameOf(frame);
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

const maps = new Map<string, SourceMap | null>();

/** Of a bundle's file; `null` where it has none. */
function mapOf(url: string): SourceMap | null {
  const known = maps.get(url);
  if (known !== undefined) return known;
  const file = url.startsWith('file:') ? `${fileURLToPath(url)}.map` : '';
  const map = existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : null;
  maps.set(url, map);
  return map;
}

/** Where it stands in the sources, for what was bundled. */
function inSources(frame: Frame): Frame {
  const entry = mapOf(frame.url)?.findEntry(frame.lineNumber, frame.columnNumber);
  if (entry === undefined || !('originalSource' in entry)) return frame;
  const at = entry.originalSource.indexOf('src/');
  const file = new URL(entry.originalSource.slice(at), pathToFileURL(root)).href;
  return { ...frame, url: file, lineNumber: entry.originalLine, columnNumber: entry.originalColumn };
}

function nameOf(frame: Frame): string {
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
