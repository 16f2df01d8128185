// Asks a bouncer something, as a program: small answers in JSON, in time, and never on to another address. It is not the login's browser.

import { type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import { BouncerError } from '../../bouncer-error.ts';
import { parseRecord } from '../../source/is-record.ts';
import type { Terminal } from '../terminal.ts';
import { isLocalName } from './safe-address.ts';

export interface EdgeAnswer {
  readonly status: number;
  /** The members of a JSON object; empty for everything else. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface EdgeQuestion {
  readonly url: string;
  /** Absent: a GET. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as a bearer token. */
  readonly token?: string;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 15_000;
const longestAnswer = 1_048_576;

/** @throws BouncerError `login_failed` when there is no answer */
export async function askEdge({ env }: Terminal, question: EdgeQuestion): Promise<EdgeAnswer> {
  const url = new URL(question.url);
  const timeoutMs = question.timeoutMs ?? defaultTimeoutMs;
  try {
    return await ask(url, question, env, AbortSignal.timeout(timeoutMs));
  } catch (error) {
    throw new BouncerError('login_failed', `${url.origin} does not answer: ${wordsOf(error, timeoutMs)}`, {
      cause: error,
      hint: 'is the address right, and is this computer online?',
    });
  }
}

function ask(
  url: URL,
  question: EdgeQuestion,
  env: Terminal['env'],
  signal: AbortSignal,
): Promise<EdgeAnswer> {
  const { form, token } = question;
  const body = form === undefined ? null : new URLSearchParams(form).toString();
  const headers = {
    accept: 'application/json',
    'user-agent': 'bouncer-cli',
    ...languageOf(env),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(body === null
      ? {}
      : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }),
  };
  const isHttps = url.protocol === 'https:';
  const request = isHttps ? requestHttps : requestHttp;
  const agent = isHttps ? { agent: new HttpsAgent({ proxyEnv: env, ca: authorities() }) } : {};
  return new Promise((resolve, reject) => {
    const method = body === null ? 'GET' : 'POST';
    const own = isLocalName(url.hostname) ? { lookup: lookUpHere } : {};
    const req = request(url, { method, headers, signal, ...agent, ...own }, (res) => {
      readAnswer(res).then(resolve, reject);
    });
    req.on('error', reject);
    req.end(body ?? undefined);
  });
}

/** For letters that a question leads to: the language of the terminal (POSIX, Base Definitions section 8.2). */
function languageOf(env: Terminal['env']): { readonly 'accept-language'?: string } {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '';
  const [, language] = /^([a-z]{2,3})(?:[_.@-]|$)/.exec(locale) ?? [];
  return language === undefined ? {} : { 'accept-language': language };
}

async function readAnswer(res: IncomingMessage): Promise<EdgeAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of res as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestAnswer) throw new Error('its answer is too long');
    chunks.push(chunk);
  }
  return { status: res.statusCode ?? 0, json: parseRecord(Buffer.concat(chunks).toString('utf8')) ?? {} };
}

/** What this computer trusts besides what Node does: companies have authorities of their own. */
function authorities(): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
}

/** Whatever the resolver says of names of this machine (RFC 6761 section 6.3). */
const lookUpHere: LookupFunction = (_hostname, options, callback) => {
  if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

function wordsOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return `nothing came within ${timeoutMs / 1000} seconds`;
  return error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
}
