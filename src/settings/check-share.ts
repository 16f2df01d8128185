// What `share` means together with other keys: shares are carried by tunnels, and what is shared is foreign script, which must be of
// another site than where people log in. That no application is of its site is checked with the rules.
import { isOnSiteOf, siteOf } from '../http/site-of.ts';
import { quote } from '../source/quote.ts';
import { list, type Mapping, mapping, type Teller } from './loose-settings.ts';

/** Values may still be of wrong types. */
export function checkShare(settings: Mapping, { add, name }: Teller): void {
  if (settings['share'] === undefined) return;
  const { domain, allow } = mapping(settings['share']);
  if (settings['tunnel'] === undefined)
    add(['share'], {
      part: 'key',
      code: 'share-without-tunnel',
      reason: '`share` needs `tunnel`, which carries what is shared',
      hint: 'add `tunnel: { listen: "[::]:7844", addresses: [edge.example.com:7844] }`',
    });
  for (const [index, selector] of list(allow).entries()) {
    if (selector !== 'everyone' && selector !== 'authenticated') continue;
    add(['share', 'allow', index], {
      severity: 'warning',
      code: 'everybody-shares',
      reason: `everybody who can log in may share: ${quote(selector)}`,
      hint: 'name the people, such as `- email_domain: example.com`',
    });
  }
  const url = settings['auth_url'];
  if (typeof domain !== 'string' || typeof url !== 'string' || !URL.canParse(url)) return;
  const { hostname } = new URL(url);
  if (!isOnSiteOf(hostname, domain.toLowerCase())) return;
  add(['share', 'domain'], {
    code: 'share-on-own-site',
    reason: `${name(['share', 'domain'], domain)} and \`auth_url\` are one site to browsers, ${quote(siteOf(hostname))}: what is shared could set cookies for the login`,
    hint: 'use a domain that is registered for nothing but shares',
  });
}
