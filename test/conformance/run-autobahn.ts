// The Autobahn test suite (the published WebSocket conformance suite, RFC 6455 and RFC 7692) against an echo server, directly and
// through bouncer: a proxy that passes WebSockets as they are changes no result. Compares case by case; exit code 1 on a difference.
//
// The suite is a Python 2.7 program. Get it once:
//   python2.7 -m pip install --target /some/folder autobahntestsuite==0.8.2
// Usage: node test/conformance/run-autobahn.ts --suite /some/folder [--python python2.7] [--cases '*'] [--json FILE]

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';
import { programFile } from '../bench/bench-origin.ts';
import { freePort, makeFolder, proxyCore, run, start } from '../bench/bench-processes.ts';

const { values: flags } = parseArgs({
  options: {
    suite: { type: 'string' },
    python: { type: 'string', default: 'python2.7' },
    cases: { type: 'string', default: '*' },
    json: { type: 'string' },
  },
});

interface CaseResult {
  readonly behavior: string;
  readonly behaviorClose: string;
  readonly remoteCloseCode: number | null;
}
type Index = Readonly<Record<string, Readonly<Record<string, CaseResult>>>>;

/** An echo server with compression on, as applications have it. */
async function startEcho(): Promise<number> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: true, maxPayload: 64 * 1024 * 1024 });
  sockets.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Bouncer, whole, with one application that everybody may use: the suite cannot log in. */
async function startBouncer(folder: string, upstreamPort: number): Promise<number> {
  const port = await freePort();
  mkdirSync(join(folder, 'policies'));
  writeFileSync(
    join(folder, 'bouncer.yaml'),
    `auth_url: http://auth.localhost:${port}
listen: 127.0.0.1:${port}
rules: policies
data_dir: data
identity_providers:
  - { id: none, type: oidc, label: None, issuer: "http://127.0.0.1:9", client_id: none }
`,
  );
  writeFileSync(
    join(folder, 'policies', 'echo.yaml'),
    `applications:
  - name: echo
    host: localhost
    upstream: http://127.0.0.1:${upstreamPort}
    policies: [{ name: open, action: bypass, include: [everyone] }]
`,
  );
  const args = [programFile('../../src/main.ts'), 'serve', '-c', join(folder, 'bouncer.yaml')];
  await start(process.execPath, { core: proxyCore, args, port, outputFile: join(folder, 'requests.log') });
  return port;
}

async function main(): Promise<number> {
  if (flags.suite === undefined) {
    process.stderr.write(
      '--suite is missing: the folder into which autobahntestsuite 0.8.2 was installed for Python 2.7\n',
    );
    return 64;
  }
  const folder = makeFolder();
  const echoPort = await startEcho();
  const bouncerPort = await startBouncer(folder, echoPort);
  const specification = join(folder, 'fuzzingclient.json');
  writeFileSync(
    specification,
    JSON.stringify({
      outdir: join(folder, 'reports'),
      servers: [
        { agent: 'direct', url: `ws://localhost:${echoPort}` },
        { agent: 'bouncer', url: `ws://localhost:${bouncerPort}` },
      ],
      cases: flags.cases.split(','),
      'exclude-cases': [],
      'exclude-agent-cases': {},
    }),
  );
  // The folder's .pth files make its namespace packages whole.
  const program = `import site, sys; site.addsitedir(${JSON.stringify(flags.suite)}); from autobahntestsuite.wstest import run; run()`;
  await run(flags.python, ['-c', program, '-m', 'fuzzingclient', '-s', specification], 3_600_000, () => {});
  const index = JSON.parse(readFileSync(join(folder, 'reports', 'index.json'), 'utf8')) as Index;
  if (flags.json !== undefined) writeFileSync(flags.json, JSON.stringify(index, null, 1));
  return compare(index);
}

/** Print what differs and how the cases ended. @returns the exit code */
function compare(index: Index): number {
  const [direct = {}, proxied = {}] = [index['direct'], index['bouncer']];
  const counts = new Map<string, number>();
  let differences = 0;
  const names = Object.keys(direct).toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  for (const name of names) {
    const [one, other] = [direct[name], proxied[name]].map((result) =>
      result === undefined
        ? 'missing'
        : `${result.behavior} / ${result.behaviorClose} / ${result.remoteCloseCode}`,
    );
    if (one !== other) {
      differences += 1;
      process.stdout.write(`${name}: direct ${one}, through bouncer ${other}\n`);
    }
    const behavior = proxied[name]?.behavior ?? 'missing';
    counts.set(behavior, (counts.get(behavior) ?? 0) + 1);
  }
  const summary = [...counts].map(([behavior, count]) => `${count} ${behavior}`).join(', ');
  process.stdout.write(
    `${names.length} cases, through bouncer: ${summary}; ${differences} differ from the direct run\n`,
  );
  return differences === 0 && names.length > 0 ? 0 : 1;
}

await main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
