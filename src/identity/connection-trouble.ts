// Why a provider cannot be reached, from the code that Node gives, with what to do about it. Pure.
import { errorChain } from './error-chain.ts';
import type { Explained } from './explain-oauth-error.ts';

/** A certificate whose authority this machine does not know. */
const unknownAuthority: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const clocks = 'renew it there; if it is good, this machine’s clock is wrong';

/** Codes that are about the connection to whom was asked last: behind a proxy, the proxy itself. */
const aboutTheProxy: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT'],
  ...['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_PRX_CONN', 'UND_ERR_PRX_TLS', 'UND_ERR_SOCKET'],
]);

/**
 * The same behind the proxy of the network. What a proxy is logged in with is never told.
 *
 * @param error as it was thrown: the proxy's status stands in its words alone
 */
export function explainProxied(
  error: unknown,
  { code, origin, proxy }: { readonly code: string; readonly origin: string; readonly proxy: URL },
): Explained {
  const through = `\`${origin}\` cannot be reached through the proxy \`${proxy.host}\``;
  const [status] = errorChain(error).flatMap(
    ({ message }) => /^Proxy response \((\d{3})\)/.exec(message)?.slice(1) ?? [],
  );
  if (status !== undefined)
    return {
      cause: `${through}: it answered with status ${status}`,
      hint:
        status === '407'
          ? 'it wants a login: `HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT`'
          : 'may this machine ask for that host there? `NO_PROXY` names hosts that are reached without it',
    };
  // It may try to reach the host for longer than anybody waits.
  if (code === 'UND_ERR_HEADERS_TIMEOUT')
    return {
      cause: `${through}: it did not say in time whether it leads there`,
      hint: 'can the proxy reach that host? Its own log says more. `NO_PROXY` names hosts that are reached without it',
    };
  if (code === 'HTTPParserError')
    return {
      cause: `${through}: what answered does not speak HTTP`,
      hint: 'is the address in `HTTPS_PROXY` right? A proxy that wants TLS itself is written as `https://HOST:PORT`',
    };
  if (!aboutTheProxy.has(code)) return explainConnection(code, origin);
  return {
    cause: `${through}: the proxy itself does not answer (${code})`,
    hint: 'is it up, and is its address in `HTTPS_PROXY` right?',
  };
}

/** @param code such as `ECONNREFUSED` @param origin whom it was about */
export function explainConnection(code: string, origin: string): Explained {
  const named = (what: string, hint: string): Explained => ({
    cause: `\`${origin}\` cannot be reached: ${what} (${code})`,
    hint,
  });
  if (unknownAuthority.has(code))
    return named(
      'its certificate is of an authority that this machine does not know',
      'a private authority: name its certificate by `ca_file` of this provider, or start bouncer with `NODE_EXTRA_CA_CERTS=/path/to/ca.pem`',
    );
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return named('its certificate has expired', clocks);
    case 'CERT_NOT_YET_VALID':
      return named('its certificate is not valid yet', clocks);
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return named(
        'its certificate is for another name',
        '`issuer` must have the name that the certificate is for; does something else answer at that address?',
      );
    case 'ENOTFOUND':
      return named('nobody knows its name', 'is `issuer` spelt right, and does DNS work on this machine?');
    case 'EAI_AGAIN':
      return named('names cannot be looked up now', 'does DNS work on this machine?');
    case 'ECONNREFUSED':
      return named('nothing listens there', 'is the provider up, and is the port in `issuer` right?');
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return named(
        'it does not speak TLS there',
        'is the port in `issuer` right? An `https:` issuer needs TLS',
      );
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return named('no way leads there', 'does a firewall stop this machine, or does it need a route?');
    default:
      return named('no answer came', `is \`${origin}\` up, and can this machine reach it?`);
  }
}
