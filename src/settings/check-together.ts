// What settings mean together: each check looks at several keys. Works on data that may still be wrong elsewhere, so
// that all problems are told at once.

import { addressHeaders } from '../http/header-families.ts';
import { didYouMean } from '../source/did-you-mean.ts';
import { parseDuration } from '../source/parse-duration.ts';
import type { Problem } from '../source/problem.ts';
import { problemAt, type SourcePath } from '../source/problem-at.ts';
import { quote } from '../source/quote.ts';
import { checkHardwareKeys } from './check-hardware-keys.ts';
import { coversEverything, networkRange } from './check-network.ts';
import { checkMail, checkPasskeys, checkProviders } from './check-provider-list.ts';
import { checkShare } from './check-share.ts';
import { checkTrustedIssuers } from './check-trusted-issuers.ts';
import { checkTry, isForThisMachine } from './check-try.ts';
import { checkAddressHeader } from './field-checks.ts';
import { list, type Mapping, mapping, type Teller } from './loose-settings.ts';
import { isLoopback, parseListen } from './parse-listen.ts';
import { parsePostgresUrl } from './postgres-url.ts';
import type { ResolvedDocument, SettingsUse } from './resolve-references.ts';

/** Values may still be of wrong types. What came from elsewhere is never quoted. */
export function checkTogether(
  { document, isReferenced, isUnresolved }: ResolvedDocument,
  use: SettingsUse,
): Problem[] {
  const problems: Problem[] = [];
  const settings = mapping(document.value);
  const teller: Teller = {
    add: (path, complaint) => problems.push(problemAt(document, path, complaint)),
    name: (path, value) => (isReferenced(path) ? 'the value' : quote(value)),
  };
  checkProviders(settings, teller, isUnresolved);
  if (use === 'try') checkTry(settings, teller);
  const mayShowMail = use === 'try' || (use === 'look' && isForThisMachine(settings));
  checkMail(settings, teller, mayShowMail ? 'shown' : 'sent');
  checkPasskeys(settings, teller);
  checkTrustedIssuers(settings, teller);
  checkProxies(settings, teller);
  checkProxyProtocol(settings, teller);
  checkTls(settings, teller);
  checkForwardAuth(settings, teller);
  checkAddresses(settings, teller);
  checkManagementReach(settings, teller);
  checkSession(settings, teller);
  checkShare(settings, teller);
  checkStore(settings, teller, isUnresolved);
  if (settings['hardware_keys'] !== undefined)
    checkHardwareKeys(mapping(settings['hardware_keys']), settings['auth_url'], teller.add);
  return problems;
}

/** Headers that no proxy is trusted to write would be settings that are read and ignored. */
function checkProxies(settings: Mapping, { add, name }: Teller): void {
  const proxies = settings['trusted_proxies'];
  for (const key of ['client_ip_header', 'country_header']) {
    if (settings[key] === undefined || proxies !== undefined) continue;
    const hint = 'add the addresses of the servers in front as `trusted_proxies`';
    add([key], {
      part: 'key',
      code: 'no-trusted-proxy',
      reason: `\`${key}\` needs \`trusted_proxies\``,
      hint,
    });
  }
  const header = settings['client_ip_header'];
  const isKnown =
    typeof header === 'string' && addressHeaders.some((each) => each.toLowerCase() === header.toLowerCase());
  const guess =
    typeof header === 'string' && !isKnown && checkAddressHeader(header) === null
      ? didYouMean(header, addressHeaders)
      : null;
  if (guess !== null && proxies !== undefined) {
    const reason = `${name(['client_ip_header'], String(header))} looks like a slip of the pen`;
    const hint = `did you mean ${quote(guess)}?`;
    add(['client_ip_header'], { severity: 'warning', code: 'unusual-header', reason, hint });
  }
  const narrow = list(proxies)
    .filter((each): each is string => typeof each === 'string' && !each.endsWith('/0'))
    .map(networkRange)
    .filter((range) => range !== null);
  if (narrow.length > 0 && coversEverything(narrow)) {
    add(['trusted_proxies'], {
      part: 'key',
      code: 'trusts-everybody',
      reason: 'together these networks are every address there is',
      hint: 'name the addresses of the servers in front of bouncer',
    });
  }
}

/** A setting that would be read and ignored is a mistake, and so is a shared store whose keys lie open. */
function checkStore(settings: Mapping, { add }: Teller, isUnresolved: (path: SourcePath) => boolean): void {
  const isShared = settings['store'] !== undefined;
  for (const key of ['store_loss', 'master_key', 'further_master_keys'] as const) {
    if (isShared || settings[key] === undefined) continue;
    const reason = `\`${key}\` needs \`store.postgres\``;
    add([key], {
      part: 'key',
      code: 'no-shared-store',
      reason,
      hint: `delete it: SQLite's file is protected by its mode`,
    });
  }
  if (isShared && settings['master_key'] === undefined && !isUnresolved(['master_key'])) {
    const reason = '`store.postgres` needs a `master_key`, or a copy of the database would open everything';
    const hint =
      'make one with `openssl rand -base64 32 > master.key` and add `master_key: { file: master.key }`';
    add(['store'], { part: 'key', code: 'no-master-key', reason, hint });
  }
  checkAuthority(mapping(mapping(settings['store'])['postgres']), add);
  const master = settings['master_key'];
  if (typeof master === 'string' && list(settings['further_master_keys']).includes(master))
    add(['further_master_keys'], {
      part: 'key',
      code: 'duplicate-key',
      reason: 'the `master_key` is among the `further_master_keys`',
      hint: 'delete it there',
    });
}

/** Whoever names an authority believes that the server is held against it. */
function checkAuthority({ url, listen_url: listenUrl, ca_file: caFile }: Mapping, add: Teller['add']): void {
  if (typeof caFile !== 'string') return;
  const addresses = [url, listenUrl].flatMap((text) => {
    const parsed = typeof text === 'string' ? parsePostgresUrl(text, 'own') : null;
    return parsed !== null && 'address' in parsed ? [parsed.address] : [];
  });
  if (addresses.length === 0 || addresses.some(({ isTls }) => isTls)) return;
  add(['store', 'postgres', 'ca_file'], {
    part: 'key',
    code: 'no-effect',
    reason: 'PostgreSQL is reached without encryption, and shows no certificate',
    hint: 'delete `ca_file`, or `sslmode=disable` in the address',
  });
}

function checkTls(settings: Mapping, { add }: Teller): void {
  const url = settings['auth_url'];
  if (settings['tls'] === undefined || typeof url !== 'string' || !/^http:/i.test(url)) return;
  add(['tls'], {
    part: 'key',
    code: 'tls-without-https',
    reason: '`tls` does not go with an `http:` `auth_url`',
    hint: 'applications are reached by the scheme of `auth_url`: make it `https:`, or delete `tls`',
  });
}

/** Whoever may ask is believed about the client's address and the request: nobody by default. */
function checkForwardAuth(settings: Mapping, { add }: Teller): void {
  const { listen, from } = mapping(settings['forward_auth']);
  const address = typeof listen === 'string' ? parseListen(listen) : null;
  if (address === null) return;
  if (address.kind === 'tcp' && from === undefined)
    add(['forward_auth'], {
      code: 'missing-key',
      part: 'key',
      reason: '`forward_auth` does not say who may ask',
      hint: 'name the proxy: `from: [127.0.0.1/32]`',
    });
  if (address.kind === 'unix' && from !== undefined)
    add(['forward_auth', 'from'], {
      code: 'no-effect',
      part: 'key',
      reason: '`from` has no meaning for a Unix socket: its mode says who may ask',
      hint: 'delete it',
    });
}

/** The endpoints for operators carry no login of their own: only this machine may reach them, and who is named. */
function checkManagementReach(settings: Mapping, { add }: Teller): void {
  const { management, management_from: from } = settings;
  const address = typeof management === 'string' ? parseListen(management) : null;
  if (address === null) return;
  const isLocal = isLoopback(address);
  if (isLocal && from !== undefined) {
    add(['management_from'], {
      part: 'key',
      severity: 'warning',
      code: 'no-effect',
      reason: '`management` can be reached from this machine only',
      hint: 'delete `management_from`, or let `management` listen on another address',
    });
  }
  if (isLocal || from !== undefined) return;
  const port = address.kind === 'tcp' ? address.port : 0;
  add(['management'], {
    code: 'management-not-local',
    reason: `${quote(String(management))} can be reached from other machines`,
    hint: `use \`127.0.0.1:${port}\` or a Unix socket, or say who may ask: \`management_from: [10.0.0.0/8]\``,
  });
}

/** Whoever may open a connection there may say who they are. */
function checkProxyProtocol(settings: Mapping, { add }: Teller): void {
  if (settings['proxy_protocol'] === undefined || settings['trusted_proxies'] !== undefined) return;
  add(['proxy_protocol'], {
    part: 'key',
    code: 'no-trusted-proxy',
    reason: '`proxy_protocol` needs `trusted_proxies`',
    hint: 'add the addresses of the load balancers as `trusted_proxies`: no other connection is taken there',
  });
}

function checkAddresses(settings: Mapping, { add }: Teller): void {
  const { listen, management, also_listen: further, http_redirect: redirect, auth_url: url } = settings;
  const taken = new Map<string, string>([[String(listen ?? '127.0.0.1:8080'), 'listen']]);
  if (typeof management === 'string' && management !== listen) taken.set(management, 'management');
  const take = (address: unknown, path: SourcePath, name: string): void => {
    if (typeof address !== 'string' || address.endsWith(':0')) return;
    const owner = taken.get(address);
    if (owner !== undefined)
      add(path, {
        code: 'address-taken',
        reason: `${quote(address)} is \`${owner}\` already`,
        hint: 'delete one of them',
      });
    else taken.set(address, name);
  };
  if (Array.isArray(further))
    for (const [index, address] of further.entries()) take(address, ['also_listen', index], 'also_listen');
  take(redirect, ['http_redirect'], 'http_redirect');
  take(mapping(settings['proxy_protocol'])['listen'], ['proxy_protocol', 'listen'], 'proxy_protocol.listen');
  take(mapping(settings['forward_auth'])['listen'], ['forward_auth', 'listen'], 'forward_auth.listen');
  if (redirect !== undefined && typeof url === 'string' && /^http:/i.test(url))
    add(['http_redirect'], {
      part: 'key',
      code: 'redirect-without-https',
      reason: '`http_redirect` does not go with an `http:` `auth_url`',
      hint: 'there is no https to lead to: make `auth_url` `https:`, or delete it',
    });
  if (typeof management !== 'string' || management !== listen || management.endsWith(':0')) return;
  add(['management'], {
    code: 'address-taken',
    reason: '`management` and `listen` are the same address',
    hint: 'use another port',
  });
}

function checkSession(settings: Mapping, { add, name }: Teller): void {
  const { duration = '24h', idle_timeout: idle, recheck_grace: grace } = mapping(settings['session']);
  if (typeof grace === 'string' && typeof duration === 'string') {
    const longer = (parseDuration(grace) ?? 0) >= (parseDuration(duration) ?? Number.POSITIVE_INFINITY);
    if (longer)
      add(['session', 'recheck_grace'], {
        severity: 'warning',
        code: 'no-effect',
        reason: `\`recheck_grace\` is as long as \`duration\`, ${name(['session', 'duration'], duration)}`,
        hint: 'a login ends after `duration` in any case: delete it, or make it shorter',
      });
  }
  if (typeof duration !== 'string' || typeof idle !== 'string') return;
  if ((parseDuration(idle) ?? 0) <= (parseDuration(duration) ?? Number.POSITIVE_INFINITY)) return;
  add(['session', 'idle_timeout'], {
    severity: 'warning',
    code: 'no-effect',
    reason: `\`idle_timeout\` is longer than \`duration\`, ${name(['session', 'duration'], duration)}`,
    hint: 'a login ends after `duration` in any case',
  });
}
