// Applying load to one proxy and reading what it cost: the generators run on their own core, the costs come from /proc.
import { programFile } from './bench-origin.ts';
import { type Memory, pause, type Running, run } from './bench-processes.ts';

export interface Target {
  readonly port: number;
  /** `http` by default. */
  readonly scheme?: 'http' | 'https';
  readonly headers: Readonly<Record<string, string>>;
  /** `null` for the origin itself, which is not measured. */
  readonly process: Running | null;
}

/** Figures of one measurement; `null` where it has none. */
export interface Sample {
  readonly perSecond: number;
  readonly cpuUsPerUnit: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Kilobytes while under load, the largest seen. */
  readonly rssKb: number | null;
  readonly pssKb: number | null;
  /** How much the resident set was above what it was before the load, at most. */
  readonly rssGrowthKb: number | null;
  readonly errors: number;
}

/** Watch a process while something runs. */
export async function watched<T>(
  process_: Running | null,
  work: () => Promise<T>,
): Promise<{ value: T; cpuUs: number; peak: Memory; growthKb: number }> {
  let peak: Memory = { rssKb: 0, pssKb: 0 };
  const look = (): void => {
    if (process_ === null) return;
    const memory = process_.memory();
    peak = { rssKb: Math.max(peak.rssKb, memory.rssKb), pssKb: Math.max(peak.pssKb, memory.pssKb) };
  };
  const before = process_?.cpuUs() ?? 0;
  const beforeKb = process_?.memory().rssKb ?? 0;
  const timer = setInterval(look, 250);
  try {
    const value = await work();
    const cpuUs = (process_?.cpuUs() ?? 0) - before;
    look();
    return { value, cpuUs, peak, growthKb: peak.rssKb - beforeKb };
  } finally {
    clearInterval(timer);
  }
}

/** What a browser sends with a page besides `Host` and its cookies: with those, fifteen fields. */
export const browserFields: Readonly<Record<string, string>> = {
  Connection: 'keep-alive',
  'sec-ch-ua': '"Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
  'sec-ch-ua-mobile': '?0',
  'sec-ch-ua-platform': '"Linux"',
  'Upgrade-Insecure-Requests': '1',
  'User-Agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  Accept:
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7',
  'Sec-Fetch-Site': 'same-origin',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-User': '?1',
  'Sec-Fetch-Dest': 'document',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Accept-Language': 'en-US,en;q=0.9',
};

interface WrkResult {
  readonly requests: number;
  readonly durationUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly errors: number;
}

/** As many requests as `connections` keep-alive connections bring. */
export async function loadWithWrk(
  target: Target,
  path: string,
  options: {
    readonly seconds: number;
    readonly connections: number;
    readonly cookiesFile?: string;
    /** Before the sample, seconds; 1 by default. */
    readonly warmUpSeconds?: number;
  },
): Promise<Sample> {
  const fields = Object.entries(target.headers)
    .filter(([name]) => options.cookiesFile === undefined || name !== 'Cookie')
    .flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const wrk = async (seconds: number): Promise<WrkResult> => {
    const args = [
      '-t1',
      `-c${options.connections}`,
      `-d${seconds}s`,
      '--timeout',
      '10s',
      '-s',
      programFile('wrk-report.lua'),
    ];
    const cookies = options.cookiesFile === undefined ? [] : [`COOKIES_FILE=${options.cookiesFile}`];
    const output = await run(
      'env',
      [...cookies, 'wrk', ...args, ...fields, `${target.scheme ?? 'http'}://127.0.0.1:${target.port}${path}`],
      seconds * 1_000 + 30_000,
    );
    return JSON.parse(output.slice(output.indexOf('\nJSON') + 5)) as WrkResult;
  };
  const { warmUpSeconds = 1 } = options;
  if (warmUpSeconds > 0) await wrk(warmUpSeconds);
  const { value, cpuUs, peak, growthKb } = await watched(target.process, () => wrk(options.seconds));
  return {
    perSecond: (value.requests * 1e6) / value.durationUs,
    cpuUsPerUnit: target.process === null ? null : cpuUs / value.requests,
    p50Ms: value.p50Us / 1_000,
    p99Ms: value.p99Us / 1_000,
    rssKb: peak.rssKb,
    pssKb: peak.pssKb,
    rssGrowthKb: growthKb,
    errors: value.errors,
  };
}

/** A fixed rate, open loop. */
export async function loadAtRate(
  target: Target,
  path: string,
  rate: number,
  seconds: number,
): Promise<Sample> {
  const args = [
    programFile('load-open-loop.ts'),
    String(target.port),
    path,
    String(rate),
    String(seconds),
    '32',
    JSON.stringify(target.headers),
  ];
  const { value, cpuUs, peak, growthKb } = await watched(target.process, () =>
    run(process.execPath, args, seconds * 1_000 + 30_000),
  );
  const result = JSON.parse(value) as {
    sent: number;
    lost: number;
    errors: number;
    p50Ms: number;
    p99Ms: number;
  };
  return {
    perSecond: result.sent / (seconds + 1),
    cpuUsPerUnit: target.process === null ? null : cpuUs / result.sent,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    rssKb: peak.rssKb,
    pssKb: peak.pssKb,
    rssGrowthKb: growthKb,
    errors: result.errors + result.lost,
  };
}

/** WebSockets that echo; a unit is a message there and back. */
export async function loadWebSockets(target: Target, count: number, seconds: number): Promise<Sample> {
  const args = [
    programFile('load-websockets.ts'),
    String(target.port),
    '/socket',
    String(count),
    String(seconds),
    JSON.stringify(target.headers),
  ];
  // The handshakes are not the messages: CPU time counts from the line `start` to the line of the result.
  let startUs = 0;
  let endUs = 0;
  const { value, peak, growthKb } = await watched(target.process, () =>
    run(process.execPath, args, seconds * 1_000 + 60_000, (soFar) => {
      if (soFar.startsWith('start') && startUs === 0) startUs = target.process?.cpuUs() ?? 0;
      if (soFar.includes('{')) endUs = target.process?.cpuUs() ?? 0;
    }),
  );
  const result = JSON.parse(value.slice('start\n'.length)) as Record<
    'messages' | 'tookMs' | 'errors' | 'closed',
    number
  >;
  return {
    perSecond: (result.messages * 1_000) / result.tookMs,
    cpuUsPerUnit: target.process === null ? null : (endUs - startUs) / Math.max(1, result.messages),
    p50Ms: null,
    p99Ms: null,
    rssKb: peak.rssKb,
    pssKb: peak.pssKb,
    rssGrowthKb: growthKb,
    errors: result.errors + result.closed,
  };
}

/** One transfer by curl; a unit is a megabyte. `file` is uploaded when given, else `path` is downloaded. */
export async function transfer(target: Target, path: string, file: string | null): Promise<Sample> {
  const fields = Object.entries(target.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const body = file === null ? [] : ['-T', file, '-H', 'Expect:'];
  const args = [
    '-sS',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code} %{size_download} %{size_upload} %{time_total}',
    ...fields,
    ...body,
  ];
  const { value, cpuUs, peak, growthKb } = await watched(target.process, () =>
    run('curl', [...args, `http://127.0.0.1:${target.port}${path}`], 120_000),
  );
  const [status, downloaded, uploaded, seconds] = value.split(' ').map(Number);
  const megabytes = Number(file === null ? downloaded : uploaded) / 1e6;
  return {
    perSecond: megabytes / Number(seconds),
    cpuUsPerUnit: target.process === null ? null : cpuUs / megabytes,
    p50Ms: null,
    p99Ms: null,
    rssKb: peak.rssKb,
    pssKb: peak.pssKb,
    rssGrowthKb: growthKb,
    errors: status === 200 ? 0 : 1,
  };
}

/** Memory after a rest, so that what was only passing through is gone. */
export async function idleMemory(process_: Running): Promise<Memory> {
  await pause(1_500);
  return process_.memory();
}
