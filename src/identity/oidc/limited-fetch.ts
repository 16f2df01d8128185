// The one way to a provider: https (or loopback http for a loopback http issuer), no redirects, a time limit and a size limit.
import { Agent, fetch as undiciFetch } from 'undici';
import { BouncerError } from '../../bouncer-error.ts';

/** The longest that a provider may take for a whole answer, milliseconds. */
export const providerTimeoutMs = 5_000;
/** The largest answer that is read, bytes. */
const maxAnswerBytes = 1024 * 1024;

/** Names that RFC 6761 section 6.3 keeps for this machine, and loopback literals. */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  );
}

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
}

async function readLimited(body: AsyncIterable<Uint8Array> | null): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxAnswerBytes)
      throw new BouncerError('login_failed', 'the identity provider sent too large an answer');
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

/** @param issuer the provider's issuer from the settings */
export function createLimitedFetch(issuer: URL): LimitedFetch {
  const agent = new Agent(timeouts);
  const loopbackAgent = new Agent({
    ...timeouts,
    // The types of node:net's lookup are wider than what is asked of it here.
    connect: { timeout: providerTimeoutMs, lookup: lookUpLoopback as never },
  });
  return {
    fetch: async (address, options) => {
      const url = new URL(address);
      if (!isAllowedProviderUrl(url, issuer))
        throw new BouncerError('login_failed', 'the identity provider names an address that is not https', {
          hint: 'every endpoint of its metadata must be https',
        });
      const limit = AbortSignal.timeout(providerTimeoutMs);
      try {
        const response = await undiciFetch(url, {
          method: options.method ?? 'GET',
          headers: options.headers ?? {},
          body: options.body === undefined || options.body === null ? null : String(options.body),
          redirect: 'manual',
          signal: options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]),
          dispatcher: isLoopbackHost(url.hostname) ? loopbackAgent : agent,
        });
        const bytes = await readLimited(response.body);
        if (response.status >= 500)
          throw new BouncerError(
            'provider_unavailable',
            `the identity provider answered with status ${response.status}`,
          );
        const hasBody = response.status !== 204 && response.status !== 304;
        return new Response(hasBody ? Uint8Array.from(bytes) : null, {
          status: response.status,
          headers: [...response.headers],
        });
      } catch (error) {
        if (error instanceof BouncerError) throw error;
        throw new BouncerError(
          'provider_unavailable',
          `the identity provider cannot be reached: ${causeOf(error)}`,
          { cause: error, hint: `is \`${url.origin}\` up, and can this machine reach it?` },
        );
      }
    },
    close: async () => {
      await Promise.all([agent.destroy(), loopbackAgent.destroy()]);
    },
  };
}
