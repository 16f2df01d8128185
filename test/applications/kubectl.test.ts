// kubectl behind bouncer, against the streams of Kubernetes itself: lists and watches, logs that are followed, commands and ports over
// WebSockets and over SPDY/3.1.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { behindBouncer, findProgram, makeFolder } from './behind-bouncer.ts';

const kubectl = findProgram('kubectl');
const server = process.env['BOUNCER_KUBERNETES_STREAMS'];
if (server === undefined)
  process.stderr.write('left out: the streams of Kubernetes are not built (.ci/full applications)\n');

test.skipIf(kubectl === undefined || server === undefined)(
  'watches, logs, commands and ports',
  { timeout: 300_000 },
  async () => {
    const program = spawn(server ?? '', [], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void program.kill());
    const [line] = (await once(program.stdout, 'data')) as [Buffer];
    const site = await behindBouncer(Number(line.toString()), ['upgrades: [websocket, SPDY/3.1]']);
    const usual = [`--server=${site.at('127.0.0.1')}`, `--cache-dir=${makeFolder()}`];
    const start = (env: Readonly<Record<string, string>>, ...args: string[]) => {
      const child = execFile(kubectl ?? '', [...usual, ...args], {
        env: { ...process.env, KUBECONFIG: '/dev/null', ...env },
        maxBuffer: 64 * 1024 * 1024,
        timeout: 60_000,
      });
      onTestFinished(() => void child.kill());
      if (child.stdout === null || child.stdin === null) throw new Error('without pipes');
      return { child, stdin: child.stdin, stdout: child.stdout };
    };
    const run = (...args: string[]): Promise<string> => text(start({}, ...args).stdout);

    expect(await run('get', 'pods', '-o', 'name')).toBe('pod/one\n');
    expect(await run('label', 'pod', 'one', 'a=b')).toBe('pod/one labeled\n');
    expect(await run('logs', '-f', 'one')).toBe('one\ntwo\nthree\n');
    const watch = start({}, 'get', 'pods', '-w', '-o', 'jsonpath={.metadata.labels.round} ');
    let seen = '';
    // The watch goes on: only what comes at once can be seen.
    while (!seen.includes('4')) seen += String((await once(watch.stdout, 'data'))[0]);
    expect(seen.trim()).toBe('1 2 3 4');
    watch.child.kill();

    const upgrades = (): unknown[] =>
      site.records().flatMap((record) => (record['status'] === 101 ? [record['method']] : []));
    for (const [isWebSocket, method] of [
      ['true', 'GET'],
      ['false', 'POST'],
    ] as const) {
      const before = upgrades().length;
      const env = {
        KUBECTL_REMOTE_COMMAND_WEBSOCKETS: isWebSocket,
        KUBECTL_PORT_FORWARD_WEBSOCKETS: isWebSocket,
      };
      const long = start(env, 'exec', 'one', '--', 'count', '3000000');
      expect((await text(long.stdout)).length).toBe(3_000_000);
      const cat = start(env, 'exec', '-i', 'one', '--', 'cat');
      cat.stdin.write('one by one\n');
      expect(String((await once(cat.stdout, 'data'))[0])).toBe('one by one\n');
      const rest = text(cat.stdout);
      cat.stdin.end('y'.repeat(500_000));
      expect((await rest).length).toBe(500_000);

      const forward = start(env, 'port-forward', 'one', ':80');
      const [said] = (await once(forward.stdout, 'data')) as [string];
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
      const socket = connect(port, '127.0.0.1');
      const echoed = text(socket);
      socket.end('z'.repeat(300_000));
      expect((await echoed).length).toBe(300_000);
      forward.child.kill();
      await once(forward.child, 'close');
      const methods = (): unknown[] => upgrades().slice(before);
      while (methods().length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(methods()).toEqual([method, method, method]);
    }
  },
);
