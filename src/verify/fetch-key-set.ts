// Reads the published keys over HTTP, with a limit on size. No redirects, no cookies, no address taken from a token.
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import type { LookupFunction } from 'node:net';

/** A key set of a hundred keys has about 20 KB. */
const largestKeySet = 256 * 1024;

/**
 * One GET, as `jose` asks for it.
 *
 * @throws Error when there is no answer, the status is not 200 or the body is larger than 256 KB
 */
export function fetchKeySet(
  url: string,
  options: { readonly headers: Headers; readonly signal: AbortSignal },
): Promise<Response> {
  const target = new URL(url);
  const get = target.protocol === 'https:' ? getHttps : getHttp;
  return new Promise((resolve, reject) => {
    const request = get(
      target,
      {
        headers: Object.fromEntries(options.headers),
        signal: options.signal,
        agent: false,
        ...(isLocalhostName(target.hostname) ? { lookup: lookUpLoopback } : {}),
      },
      (response) => {
        readBody(response).then((body) => resolve(new Response(body, { status: 200 })), reject);
      },
    );
    request.on('error', reject);
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`the key set was answered with status ${response.statusCode}`);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > largestKeySet) {
      response.destroy();
      throw new Error('the key set is larger than 256 KB');
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** RFC 6761 section 6.3: such names always mean this machine, as browsers have it; many resolvers do not know them. */
export function isLocalhostName(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost');
}

const lookUpLoopback: LookupFunction = (_hostname, options, callback) => {
  if (options.all === true)
    callback(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  else callback(null, '127.0.0.1', 4);
};
