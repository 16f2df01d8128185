// Which proxy leads to an edge.
import { BouncerError } from '../../bouncer-error.ts';
import { type ProxyEnvironment, proxyFor } from '../../http/proxy-for.ts';

/**
 * @param host of the edge; an IPv6 address with its brackets or without
 * @returns `null`: none
 * @throws BouncerError `upstream_unreachable` when the variable is not an address of a proxy
 */
export function proxyOf(env: ProxyEnvironment, host: string): URL | null {
  const proxy = proxyFor(env, host);
  if (proxy !== null && 'problem' in proxy)
    throw new BouncerError('upstream_unreachable', proxy.problem, { hint: proxy.hint });
  return proxy;
}
