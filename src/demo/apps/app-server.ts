// What the sample applications share: a server on loopback that knows who is asking by the signed assertion, and by nothing else.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { html, type SafeHtml } from '../../ui/html.ts';
import { type AssertionVerifier, createAssertionVerifier, type VerifiedAssertion } from '../../verify.ts';
import { demoPageHeaders, renderDemoPage, type Theme } from '../demo-page.ts';

/** Who is asking; `null`: the request came without an assertion, because its path is open to everybody. */
export type Visitor = VerifiedAssertion | null;

export interface AppAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RunningApp {
  readonly url: string;
  readonly server: Server;
  readonly identify: (req: IncomingMessage) => Promise<Visitor>;
  close(): Promise<void>;
}

/**
 * Start an application on a free port of 127.0.0.1.
 *
 * @param audience its name in the rules
 * @param respond answers a request whose assertion was verified
 */
export async function startApp(
  issuer: string,
  audience: string,
  respond: (path: string, visitor: Visitor) => AppAnswer,
): Promise<RunningApp> {
  const verify = createAssertionVerifier({ issuer, audience });
  const identify = (req: IncomingMessage) => identifyVisitor(req, verify);
  const server = createServer((req, res) => {
    identify(req).then(
      (visitor) => send(res, respond(new URL(req.url ?? '/', 'http://app').pathname, visitor)),
      () =>
        send(res, {
          status: 401,
          headers: { 'Content-Type': 'text/plain' },
          body: 'the assertion is not valid\n',
        }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    identify,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function identifyVisitor(req: IncomingMessage, verify: AssertionVerifier): Promise<Visitor> {
  const token = req.headers['x-bouncer-jwt-assertion'];
  return token === undefined ? null : verify(token);
}

function send(res: ServerResponse, answer: AppAnswer): void {
  res.writeHead(answer.status, answer.headers).end(answer.body);
}

export interface AppFrame {
  readonly theme: Theme;
  readonly name: string;
  readonly title: string;
  readonly links: readonly { readonly path: string; readonly label: string }[];
  readonly path: string;
  readonly visitor: Visitor;
  readonly main: SafeHtml;
}

/** A page of an application: its name, its parts, who is logged in, and the content. */
export function appPage(frame: AppFrame, status = 200): AppAnswer {
  const { visitor } = frame;
  const body = html`<header class="top"><div><a class="name" href="/">${frame.name}</a>
<nav aria-label="Parts">${frame.links.map(
    ({ path, label }) =>
      html`<a href="${path}"${path === frame.path && html` aria-current="page"`}>${label}</a>`,
  )}</nav>
${
  visitor === null
    ? html`<a class="button quiet" href="/">Log in</a>`
    : html`<div class="who"><span class="soft">${visitor.name ?? visitor.email ?? visitor.sub}</span><form method="post" action="/.bouncer/logout"><button class="button quiet" type="submit">Log out</button></form></div>`
}</div></header>
<main class="page">${frame.main}</main>`;
  return {
    status,
    headers: demoPageHeaders,
    body: renderDemoPage({ title: `${frame.title} · ${frame.name}`, theme: frame.theme, body }),
  };
}

/** What an application says about a path that it does not have. */
export function notFound(frame: Omit<AppFrame, 'title' | 'main'>): AppAnswer {
  const main = html`<div class="stack"><h1>There is no such page</h1><p><a href="/">Back to the start</a></p></div>`;
  return appPage({ ...frame, title: 'Not found', main }, 404);
}
