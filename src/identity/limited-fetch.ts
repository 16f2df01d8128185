// The one way to a provider: https (or loopback http for a loopback http issuer), through the proxy of the network where it has one, no
// redirects, a time limit and a size limit.
import { getCACertificates } from 'node:tls';
import type { Dispatcher, ProxyAgent, Response as UndiciResponse } from 'undici';
import { BouncerError } from '../bouncer-error.ts';
import { isLoopbackHost } from '../http/loopback-host.ts';
import { type ProxyEnvironment, proxyFor } from '../http/proxy-for.ts';
import { explainConnection, explainProxied } from './connection-trouble.ts';
import { addressText } from './said-by-provider.ts';
import { createTurns } from './turns.ts';

/** The longest that a provider may take for a whole answer, milliseconds. */
export const providerTimeoutMs = 5_000;
/** Questions to one provider at once, and how long others wait in line, milliseconds: many people may come back from it at once. */
const mostQuestions = 64;
const longestLineMs = 10_000;
/** The longest that all of a question may take, milliseconds. */
export const questionTimeoutMs = providerTimeoutMs + longestLineMs;
/** The largest answer that is read, bytes. */
const maxAnswerBytes = 1024 * 1024;

/** Whether an address of the provider's may be used: https, or plain http on loopback when the issuer itself is that. */
export function isAllowedProviderUrl(url: URL, issuer: URL): boolean {
  if (url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && issuer.protocol === 'http:' && isLoopbackHost(url.hostname);
}

type LookupCallback = (
  error: null,
  addresses: string | readonly { readonly address: string; readonly family: number }[],
  family?: number,
) => void;

/** `*.localhost` is this machine whether the resolver knows it or not. */
function lookUpLoopback(
  _hostname: string,
  options: { readonly all?: boolean },
  callback: LookupCallback,
): void {
  if (options.all === true)
    callback(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  else callback(null, '127.0.0.1', 4);
}

const timeouts = {
  headersTimeout: providerTimeoutMs,
  bodyTimeout: providerTimeoutMs,
  connect: { timeout: providerTimeoutMs },
};

export interface LimitedFetch {
  /** As openid-client's `customFetch`. Throws BouncerError `provider_unavailable` or, for an answer that is too large, `login_failed`. */
  fetch(url: string, options: LimitedFetchOptions): Promise<Response>;
  close(): Promise<void>;
}

export interface LimitedFetchOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Whether it is asked at once, whoever waits in line. */
  readonly isFirst?: boolean;
}

async function readLimited(body: AsyncIterable<Uint8Array> | null): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxAnswerBytes)
      throw new BouncerError(
        'login_failed',
        `the identity provider sent an answer of more than ${maxAnswerBytes} bytes`,
        { hint: 'is that an address of this provider?' },
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Why a connection failed, in a word that holds no secret. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.name : 'unknown';
}

/**
 * The authorities that a provider's certificate may come from: those of this machine, and the provider's own.
 *
 * @param pem `null`: those of this machine alone
 */
function authorities(pem: string | null): { readonly ca?: string[] } {
  return pem === null ? {} : { ca: [...getCACertificates('default'), pem] };
}

/**
 * What openid-client gets. It keeps the address, for who explains what was wrong with it; and a token endpoint's challenge is
 * left out, because the answer's own words (RFC 6749 section 5.2) would not be read with it.
 */
function toResponse(
  { status, headers }: Pick<UndiciResponse, 'status' | 'headers'>,
  bytes: Uint8Array,
  { url, method }: { readonly url: URL; readonly method: string },
): Response {
  const hasBody = status !== 204 && status !== 304;
  const kept = new Headers([...headers]);
  if (method === 'POST') kept.delete('www-authenticate');
  const response = new Response(hasBody ? Uint8Array.from(bytes) : null, { status, headers: kept });
  return Object.defineProperty(response, 'url', { value: url.href });
}

/**
 * How long a proxy may take to lead on, milliseconds: less than the whole answer may, so that it is told as what it is. Later questions
 * wait for the same connection, so one that nobody gives up would keep all of them.
 */
const proxyTimeoutMs = 3_500;

/** Loaded with the first question: a start asks none. */
type Undici = typeof import('undici');

/** Reaches the proxies of the network; keeps the connections of each. */
function createProxies({ ProxyAgent, Pool }: Undici, ca: string | null) {
  const agents = new Map<string, ProxyAgent>();
  return {
    to(proxy: URL): Dispatcher {
      let agent = agents.get(proxy.href);
      if (agent === undefined) {
        agent = new ProxyAgent({
          ...timeouts,
          uri: proxy.href,
          connectTimeout: providerTimeoutMs,
          clientFactory: (origin, options) =>
            new Pool(origin, { ...options, headersTimeout: proxyTimeoutMs }),
          requestTls: { ...timeouts.connect, ...authorities(ca) },
          proxyTls: timeouts.connect,
        });
        agents.set(proxy.href, agent);
      }
      return agent;
    },
    destroy: () => Promise.all([...agents.values()].map((agent) => agent.destroy())),
  };
}

/** The connections to a provider: straight on, within this machine, and through proxies. */
interface Roads {
  readonly fetch: Undici['fetch'];
  to(url: URL, proxy: URL | null): Dispatcher;
  destroy(): Promise<unknown>;
}

function createRoads(undici: Undici, ca: string | null): Roads {
  const { Agent, fetch } = undici;
  const agent = new Agent({ ...timeouts, connect: { ...timeouts.connect, ...authorities(ca) } });
  const loopbackAgent = new Agent({
    ...timeouts,
    // The types of node:net's lookup are wider than what is asked of it here.
    connect: { ...timeouts.connect, ...authorities(ca), lookup: lookUpLoopback as never },
  });
  const proxies = createProxies(undici, ca);
  return {
    fetch,
    to(url, proxy) {
      if (proxy !== null) return proxies.to(proxy);
      return isLoopbackHost(url.hostname) ? loopbackAgent : agent;
    },
    destroy: () => Promise.all([agent.destroy(), loopbackAgent.destroy(), proxies.destroy()]),
  };
}

/** @throws BouncerError `provider_unavailable` when the variable is not an address of a proxy */
function proxyTo({ hostname }: URL, env: ProxyEnvironment): URL | null {
  const proxy = isLoopbackHost(hostname) ? null : proxyFor(env, hostname);
  if (proxy !== null && 'problem' in proxy)
    throw new BouncerError('provider_unavailable', proxy.problem, { hint: proxy.hint });
  return proxy;
}

/**
 * @param issuer the provider's issuer from the settings
 * @param ca the certificates of further authorities, PEM
 * @param env where `HTTPS_PROXY` and `NO_PROXY` stand
 */
export function createLimitedFetch(
  issuer: URL,
  ca: string | null = null,
  env: ProxyEnvironment = process.env,
): LimitedFetch {
  let roads: Roads | null = null;
  let isClosed = false;
  const open = async (): Promise<Roads> => {
    const undici = await import('undici');
    if (isClosed) throw new BouncerError('provider_unavailable', 'bouncer is stopping');
    roads ??= createRoads(undici, ca);
    return roads;
  };
  const turns = createTurns(mostQuestions, longestLineMs);
  return {
    fetch: async (address, options) => {
      const url = new URL(address);
      if (!isAllowedProviderUrl(url, issuer))
        throw new BouncerError(
          'login_failed',
          `the identity provider names ${addressText(address)}, which is not https`,
          { hint: 'every endpoint of its metadata must be https' },
        );
      const proxy = proxyTo(url, env);
      const method = options.method ?? 'GET';
      const endTurn = options.isFirst === true ? null : await turns.take();
      if (endTurn === null && options.isFirst !== true)
        throw new BouncerError(
          'provider_unavailable',
          `${url.origin} answers so slowly that too many questions to it wait`,
          { hint: 'that is a fault at the provider or of a proxy in front of it: its own log says more' },
        );
      try {
        const { fetch, to } = await open();
        // The time in line is not the provider's.
        const limit = AbortSignal.timeout(providerTimeoutMs);
        const response = await fetch(url, {
          method,
          headers: options.headers ?? {},
          body: options.body === undefined || options.body === null ? null : String(options.body),
          redirect: 'manual',
          signal: options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]),
          dispatcher: to(url, proxy),
        });
        const bytes = await readLimited(response.body);
        if (response.status >= 500)
          throw new BouncerError(
            'provider_unavailable',
            `${addressText(url.href)} answered with status ${response.status}`,
            { hint: 'that is a fault at the provider or of a proxy in front of it: its own log says more' },
          );
        return toResponse(response, bytes, { url, method });
      } catch (error) {
        if (error instanceof BouncerError) throw error;
        const { cause, hint } =
          proxy === null
            ? explainConnection(causeOf(error), url.origin)
            : explainProxied(error, { code: causeOf(error), origin: url.origin, proxy });
        throw new BouncerError('provider_unavailable', cause, { cause: error, hint });
      } finally {
        endTurn?.();
      }
    },
    close: async () => {
      isClosed = true;
      await roads?.destroy();
    },
  };
}
