// Logins that belong to a connection (NTLM, Negotiate): an upstream connection on which somebody logged in serves that person over that
// client connection and nobody else.
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { gatewayTo, httpUpstream, listen, tcp, waitFor } from './fixture.ts';

type Marked = net.Socket & { user?: string };

/** An application as Windows has them: three steps, and from then on the connection is the person. */
async function ntlmUpstream(name = 'app') {
  const sockets: Marked[] = [];
  const upstream = await httpUpstream((req, res) => {
    const socket = req.socket as Marked;
    if (!sockets.includes(socket)) sockets.push(socket);
    const token = /^NTLM (\w+)$/i.exec(req.headers.authorization ?? '')?.[1];
    req.resume();
    if (token === 'hello') res.writeHead(401, { 'WWW-Authenticate': 'NTLM challenge' }).end('go on');
    else if (token !== undefined) {
      socket.user = token;
      res.end(`${token}@${name}`);
    } else if (socket.user !== undefined) res.end(`${socket.user}@${name}`);
    else
      res.writeHead(401, ['WWW-Authenticate', 'Negotiate', 'WWW-Authenticate', 'NTLM']).end('who are you?');
  });
  return { ...upstream, sockets };
}

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  readonly challenges: readonly string[];
}

/** A client that keeps one connection. */
class Person {
  readonly agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;
  readonly #name: string;

  constructor(port: number, name: string) {
    this.#port = port;
    this.#name = name;
    onTestFinished(() => this.leave());
  }

  async ask(token?: string, as = this.#name): Promise<Answer> {
    const headers = { 'X-Person': as, ...(token === undefined ? {} : { Authorization: `NTLM ${token}` }) };
    return new Promise((resolve, reject) => {
      const req = http.get({ port: this.#port, agent: this.agent, headers }, (res) => {
        let body = '';
        res.on('data', (chunk: Buffer) => (body += chunk.toString()));
        const challenges = res.rawHeaders.filter((_, i, all) => /^www-authenticate$/i.test(all[i - 1] ?? ''));
        res.on('end', () => resolve({ status: res.statusCode, body, challenges }));
      });
      req.on('error', reject);
    });
  }

  async logIn(): Promise<void> {
    expect((await this.ask()).status).toBe(401);
    expect(await this.ask('hello')).toMatchObject({ status: 401, challenges: ['NTLM challenge'] });
    expect((await this.ask(this.#name)).body).toMatch(new RegExp(`^${this.#name}@`));
  }

  leave(): void {
    this.agent.destroy();
  }
}

test('after a handshake the connection is that person’s: everybody else is asked who they are', async () => {
  const upstream = await ntlmUpstream();
  const { port } = await gatewayTo([tcp(upstream.port)], { maxConnections: 8 });
  const alice = new Person(port, 'alice');
  await alice.logIn();
  expect((await alice.ask()).body).toBe('alice@app');
  const strangers = Array.from({ length: 6 }, (_, i) => new Person(port, `stranger${i}`));
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(strangers.map((stranger) => stranger.ask()));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(401));
    expect((await alice.ask()).body).toBe('alice@app');
  }
  const bob = new Person(port, 'bob');
  await bob.logIn();
  for (let round = 0; round < 5; round++) {
    const both = await Promise.all([alice.ask(), bob.ask(), strangers[0]!.ask()]);
    expect(both.map(({ body }) => body)).toEqual(['alice@app', 'bob@app', 'who are you?']);
  }
});

test('it ends with the client’s connection', async () => {
  const upstream = await ntlmUpstream();
  const { port } = await gatewayTo([tcp(upstream.port)]);
  const alice = new Person(port, 'alice');
  await alice.logIn();
  const hers = upstream.sockets.find((socket) => socket.user === 'alice');
  alice.leave();
  await waitFor(() => hers?.closed === true);
  expect((await new Person(port, 'alice').ask()).status).toBe(401);
});

test('another person on the same client connection is nobody there', async () => {
  const upstream = await ntlmUpstream();
  const { port } = await gatewayTo([tcp(upstream.port)]);
  const shared = new Person(port, 'alice');
  await shared.logIn();
  expect((await shared.ask(undefined, 'bob')).status).toBe(401);
  // And alice has to begin anew: her connection was closed.
  expect((await shared.ask(undefined, 'alice')).status).toBe(401);
  expect(upstream.sockets.filter((socket) => socket.user === 'alice').every((socket) => socket.closed)).toBe(
    true,
  );
});

test('a connection on which a handshake only began goes to nobody else', async () => {
  const upstream = await ntlmUpstream();
  const { port } = await gatewayTo([tcp(upstream.port)]);
  const alice = new Person(port, 'alice');
  await alice.ask('hello');
  const begun = upstream.sockets[0];
  expect((await new Person(port, 'bob').ask()).status).toBe(401);
  expect(upstream.sockets.length).toBe(2);
  await alice.ask('alice');
  expect(begun?.user).toBe('alice');
});

test('with several addresses the person stays with the one where the login took place', async () => {
  const upstreams = [await ntlmUpstream('one'), await ntlmUpstream('two')];
  const { port } = await gatewayTo(upstreams.map((upstream) => tcp(upstream.port)));
  const alice = new Person(port, 'alice');
  await alice.ask('hello');
  const { body } = await alice.ask('alice');
  for (let i = 0; i < 6; i++) {
    await new Person(port, `other${i}`).ask();
    expect((await alice.ask()).body).toBe(body);
  }
});

test('connections that are kept for people are no more than connections of the application', async () => {
  const upstream = await ntlmUpstream();
  const { port } = await gatewayTo([tcp(upstream.port)], { maxConnections: 3 });
  const people = Array.from({ length: 6 }, (_, i) => new Person(port, `person${i}`));
  for (const person of people) await person.logIn();
  await waitFor(
    () => upstream.sockets.filter((socket) => socket.user !== undefined && !socket.closed).length <= 3,
  );
  expect((await people.at(-1)!.ask()).body).toBe('person5@app');
});

test('over a connection that others share it is refused with the reason; other challenges pass', async () => {
  const upstream = await httpUpstream((req, res) => {
    const both = ['WWW-Authenticate', 'Negotiate', 'WWW-Authenticate', 'Basic realm="x"'];
    res.writeHead(401, req.url === '/both' ? both : ['WWW-Authenticate', 'NTLM']).end('no');
  });
  const { port, gateway } = await gatewayTo([tcp(upstream.port)], {}, { isSharedConnection: () => true });
  const both = await fetch(`http://127.0.0.1:${port}/both`);
  expect([both.status, both.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="x"']);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(501);
  const login = await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: 'Negotiate YII' } });
  expect(login.status).toBe(501);
  expect(gateway.outcomes.slice(1).map(({ error }) => error?.code)).toEqual([
    'connection_login',
    'connection_login',
  ]);
  expect(gateway.outcomes[2]?.error?.hint).toMatch(/HTTP\/1\.1 on both sides/);
});

test('clients of HTTP/2 are refused too, before anything is sent', async () => {
  let requests = 0;
  const upstream = await httpUpstream((_req, res) => {
    requests++;
    res.end();
  });
  const { gateway } = await gatewayTo([tcp(upstream.port)]);
  const server = http2.createServer(gateway.handle as never);
  const session = http2.connect(`http://127.0.0.1:${await listen(server as unknown as net.Server)}`);
  onTestFinished(() => {
    session.destroy();
    server.close();
  });
  const stream = session.request({ ':path': '/', authorization: 'NTLM hello' });
  const [head] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
  stream.resume();
  expect(head[':status']).toBe(501);
  expect(requests).toBe(0);
});

test('and so are upstreams of HTTP/2', async () => {
  const server = http2.createServer((_req, res) => {
    res.writeHead(401, { 'www-authenticate': 'NTLM' });
    res.end();
  });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const { port } = await gatewayTo([tcp(await listen(server as unknown as net.Server))], { isHttp2: true });
  const alice = new Person(port, 'alice');
  expect((await alice.ask()).status).toBe(501);
  expect((await alice.ask('hello')).status).toBe(501);
});
