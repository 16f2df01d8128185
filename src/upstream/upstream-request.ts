// What is asked of an upstream for a permitted request: the permit's own words, and whether trailers may go either way.
import type { Permit } from '../gateway/permit.ts';
import type { UpstreamOptions } from '../rules/model/compiled-rules.ts';
import type { UpstreamRequest } from './upstream-exchange.ts';

/** Put it together. Only HTTP/2 has room for trailers. */
export function upstreamRequestOf({ request, headers }: Permit, options: UpstreamOptions): UpstreamRequest {
  const { path, query } = request.target;
  const { isHttp2 } = options;
  return {
    path: query === '' ? path : path + query,
    method: request.method,
    headers,
    known: request.known,
    hasBody: request.hasBody,
    expectsContinue: request.expectsContinue,
    acceptsTrailers: isHttp2 && hasField(request.rawHeaders, 'te', 'trailers'),
    sendsTrailers: isHttp2 && request.hasBody && hasField(request.rawHeaders, 'trailer', null),
    responseTimeoutMs: options.responseTimeoutMs,
    idleTimeoutMs: options.idleTimeoutMs,
  };
}

/** Whether there is a field of this name that names the option; `null`: any. */
function hasField(rawHeaders: readonly string[], name: string, option: string | null): boolean {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== name) continue;
    if (
      option === null ||
      rawHeaders[i + 1]
        ?.toLowerCase()
        .split(/[,;]/)
        .some((one) => one.trim() === option)
    )
      return true;
  }
  return false;
}
