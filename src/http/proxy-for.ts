// Which proxy leads to a host, as `HTTPS_PROXY` and `NO_PROXY` say in the way that curl reads them. Pure.
import { isInNetwork, parseAddressWords, parseCidr } from './network.ts';

export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/** The variable is not an address of a proxy. Its text is never quoted: it may hold a password. */
export interface ProxyProblem {
  readonly problem: string;
  readonly hint: string;
}

const variables = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] as const;

/**
 * @param host a name or an address, an IPv6 address with its brackets or without
 * @returns `null`: none
 */
export function proxyFor(env: ProxyEnvironment, host: string): URL | ProxyProblem | null {
  // An empty variable is one that is not set.
  const name = variables.find((each) => (env[each] ?? '') !== '');
  if (name === undefined || isExcepted(env['no_proxy'] || env['NO_PROXY'] || '', host)) return null;
  const text = env[name] ?? '';
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !areCredentialsReadable(url))
    return {
      problem: `\`${name}\` is not an address`,
      hint: 'write it as `http://USER:PASSWORD@HOST:PORT`, with `%40` for an `@` in the password and `%25` for a `%`',
    };
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return {
      problem: `\`${name}\` names a ${url.protocol} proxy`,
      hint: 'only `http:` and `https:` proxies are spoken to',
    };
  return url;
}

function areCredentialsReadable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}

function isExcepted(list: string, host: string): boolean {
  const name = withoutBrackets(host).toLowerCase();
  return list
    .split(/[,\s]+/)
    .map((each) => withoutBrackets(each.toLowerCase().replace(/^\*?\./, '')))
    .some(
      (each) =>
        each !== '' &&
        (each === '*' || name === each || name.endsWith(`.${each}`) || isWithinNetwork(each, name)),
    );
}

function isWithinNetwork(network: string, address: string): boolean {
  if (!network.includes('/')) return false;
  const words = new Uint32Array(4);
  const count = parseAddressWords(address, words);
  const cidr = parseCidr(network);
  return count !== 0 && !('problem' in cidr) && isInNetwork(cidr, words, count);
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
