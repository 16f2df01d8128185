// What identity providers mean together and with the mail server: ids, organisations, whose addresses count. Each provider's own keys are
// check-providers.ts's matter. Works on data that may still be wrong elsewhere.
import { isEntra, servesStrangers } from '../http/issuers.ts';
import { isPublicEmailDomain } from '../rules/model/public-email-domains.ts';
import type { SourcePath } from '../source/problem-at.ts';
import { checkKeyHost } from './check-hardware-keys.ts';
import { checkProvider, missingIssuer } from './check-providers.ts';
import { isForThisMachine } from './check-try.ts';
import { list, type Mapping, mapping, type Teller } from './loose-settings.ts';

/** @param isOpen whether something stands there that led nowhere, which is told already */
export function checkProviders(
  settings: Mapping,
  { add, name }: Teller,
  isOpen: (path: SourcePath) => boolean,
): void {
  const seen = new Set<string>();
  list(settings['identity_providers']).forEach((each, index) => {
    const provider = mapping(each);
    const id = provider['id'];
    const path = ['identity_providers', index];
    if (typeof id === 'string' && seen.has(id)) {
      add([...path, 'id'], {
        code: 'duplicate-id',
        reason: `two identity providers are called ${name([...path, 'id'], id)}`,
        hint: 'give each an id of its own',
      });
    } else if (typeof id === 'string') {
      seen.add(id);
    }
    if (provider['type'] === 'email_pin' || provider['type'] === 'passkey') return;
    if (provider['type'] === 'github') {
      checkOrganizations(provider, path, { add, name });
      return;
    }
    checkEmailTrust(provider, path, { add, name });
    const isLacking = Object.keys(provider).length > 0 && provider['issuer'] === undefined;
    if (isLacking && !isOpen([...path, 'issuer'])) add(path, missingIssuer(provider['type']));
    checkProvider(provider, path, add);
  });
}

/** GitHub does not tell cases apart. */
function checkOrganizations(provider: Mapping, path: SourcePath, { add, name }: Teller): void {
  const names = list(provider['organizations']).map((one) => {
    const { name: given = one } = mapping(one);
    return String(given).toLowerCase();
  });
  for (const [index, one] of names.entries()) {
    if (names.indexOf(one) === index) continue;
    const at = [...path, 'organizations', index];
    const reason = `the organisation ${name(at, one)} is given twice`;
    add(at, { code: 'duplicate-organization', reason, hint: 'delete one of them' });
  }
}

/**
 * Codes need a way out, and a mail server that nothing is sent by is a setting that is read and ignored.
 *
 * @param mail `shown`: on a page, where no mail server is needed
 */
export function checkMail(settings: Mapping, { add }: Teller, mail: 'sent' | 'shown'): void {
  const senders = list(settings['identity_providers']).flatMap((each, index) =>
    mapping(each)['type'] === 'email_pin' ? [index] : [],
  );
  const [first] = senders;
  if (first !== undefined && settings['smtp'] === undefined && mail === 'sent')
    add(['identity_providers', first, 'type'], {
      code: 'no-mail-server',
      reason: '`type: email_pin` needs `smtp`',
      hint: isForThisMachine(settings)
        ? 'to try it on this machine, `bouncer serve --dev` shows the mail on a page; to send it, add `smtp: { url: …, from: … }`'
        : 'add `smtp: { url: { env: SMTP_URL }, from: "Bouncer <bouncer@example.com>" }`',
    });
  for (const other of senders.slice(1))
    add(['identity_providers', other, 'type'], {
      code: 'duplicate-email-pin',
      reason: 'two identity providers send codes by e-mail',
      hint: 'one is enough for all addresses: delete the other',
    });
  if (first === undefined && settings['smtp'] !== undefined)
    add(['smtp'], {
      part: 'key',
      severity: 'warning',
      code: 'no-effect',
      reason: 'nothing is sent by `smtp`',
      hint: 'add an identity provider of `type: email_pin`, or delete `smtp`',
    });
}

/** An address that the provider did not verify may count only where nobody can take somebody else's. */
function checkEmailTrust(provider: Mapping, path: SourcePath, { add, name }: Teller): void {
  const { email_verified: mode, issuer } = provider;
  if (mode !== 'if_absent' && mode !== 'ignored') return;
  const domains = provider['email_domains'];
  const at = [...path, 'email_verified'];
  if (domains === undefined) {
    const hint = 'name the domains of which every address at this provider is really the person\u2019s';
    const reason = `\`email_verified: ${mode}\` needs \`email_domains\``;
    add(at, { code: 'email-domains-missing', reason, hint });
  }
  list(domains).forEach((domain, index) => {
    if (typeof domain !== 'string' || !isPublicEmailDomain(domain.toLowerCase())) return;
    const where = [...path, 'email_domains', index];
    const reason = `anybody can have an address at ${name(where, domain)}, so it must be verified`;
    add(where, {
      code: 'public-email-domain',
      reason,
      hint: 'delete it, or write `email_verified: required`',
    });
  });
  if (typeof issuer !== 'string' || !servesStrangers(issuer)) return;
  add(at, {
    code: 'issuer-of-strangers',
    reason: `\`email_verified: ${mode}\` does not go with an issuer where anybody can have an account`,
    hint: isEntra(issuer)
      ? 'use the issuer of your own tenant; or write `required`, and have Entra ID send the claim `xms_edov`'
      : 'write `email_verified: required`',
  });
}

/** One place of passkeys, and on a host that browsers bind them to. */
export function checkPasskeys(settings: Mapping, { add }: Teller): void {
  const [first, ...others] = list(settings['identity_providers']).flatMap((each, index) =>
    mapping(each)['type'] === 'passkey' ? [index] : [],
  );
  if (first === undefined) return;
  for (const other of others)
    add(['identity_providers', other, 'type'], {
      code: 'duplicate-passkey',
      reason: 'two identity providers are passkeys',
      hint: 'one is enough for all addresses: delete the other',
    });
  const { rp_id: rpId } = mapping(list(settings['identity_providers'])[first]);
  checkKeyHost(
    { rpId, at: ['identity_providers', first, 'rp_id'], what: '`type: passkey`' },
    settings['auth_url'],
    add,
  );
}
