// What many people build first: express, a guard for `/admin`, http-proxy behind it. It is attacked with the same cases, to show what
// its kind lets through. It is written in good faith: default-deny, sessions in a cookie, identity set on what is forwarded. Usage:
// node naive-server.ts UPSTREAM; prints its port. A process of its own, because some of the attacks end it.
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { parseCookie } from 'cookie';
import express, { type NextFunction, type Request, type Response } from 'express';

// http-proxy comes without types.
interface HttpProxy {
  on(
    event: 'error',
    listener: (error: Error, req: IncomingMessage, target: Duplex | ServerResponse) => void,
  ): void;
  web(req: IncomingMessage, res: ServerResponse): void;
  ws(req: IncomingMessage, socket: Duplex, head: Buffer): void;
}

interface Person {
  readonly email: string;
  readonly groups: readonly string[];
}

const sessions: Readonly<Record<string, Person>> = {
  'naive-session-of-alice': { email: 'alice@example.com', groups: ['staff'] },
  'naive-session-of-admin': { email: 'admin@example.com', groups: ['staff', 'admins'] },
};

const hosts = ['app.bouncer.test', 'other.bouncer.test'];
const cookieName = '__Host-bouncer_session';
const { default: httpProxy } = (await import('http-proxy' as string)) as {
  readonly default: { createProxyServer(options: object): HttpProxy };
};
const agent = new Agent({ keepAlive: true });
const proxy = httpProxy.createProxyServer({ target: String(process.argv[2]), agent, ws: true, xfwd: true });
proxy.on('error', (_error, _req, target) => void target.destroy());

const personOf = (req: IncomingMessage): Person | undefined =>
  sessions[parseCookie(req.headers.cookie ?? '')[cookieName] ?? ''];
const forward = (req: Request, res: Response): void => {
  const person = personOf(req);
  if (person !== undefined) {
    req.headers['x-bouncer-user'] = person.email;
    req.headers['x-bouncer-jwt-assertion'] = 'an assertion';
  }
  req.url = req.originalUrl;
  proxy.web(req, res);
};
const isIn = (group: string) => (req: Request, res: Response, next: NextFunction) =>
  personOf(req)?.groups.includes(group) === true ? next() : void res.sendStatus(403);
const isLoggedIn = (req: Request, res: Response, next: NextFunction): void =>
  personOf(req) === undefined ? res.redirect('/.bouncer/login') : next();

const app = express();
app.set('trust proxy', true);
app.use((req, res, next) =>
  hosts.includes(req.hostname?.toLowerCase()) ? next() : void res.sendStatus(421),
);
app.post('/.bouncer/logout', (_req, res) => void res.clearCookie(cookieName).redirect('/'));
app.use('/.bouncer', (_req, res) => void res.sendStatus(404));
app.use('/admin', isIn('admins'));
app.use('/payments', (_req, res) => void res.sendStatus(403));
app.use('/ip-allow-only', (req, res, next) =>
  req.ip?.startsWith('10.') === true ? next() : void res.sendStatus(403),
);
app.use('/api', (_req, res) => void res.sendStatus(401));
app.use('/public', forward);
app.use(isLoggedIn, forward);

const server = createServer(app);
server.on('upgrade', (req, socket, head) => {
  if (personOf(req) === undefined) socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
  else proxy.ws(req, socket, head);
});
server.on(
  'clientError',
  (_, socket) => void socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
);
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
