// What the entries of `trusted_issuers` mean together, and what is asked of their tokens.
import { isLoopbackHost } from '../http/loopback-host.ts';
import { parseClaimPatterns } from '../rules/model/workload.ts';
import { quote } from '../source/quote.ts';
import { missingOwner } from './issuer-owners.ts';
import { list, type Mapping, mapping, type Teller } from './loose-settings.ts';

/** Values may still be of wrong types. */
export function checkTrustedIssuers(settings: Mapping, { add, name }: Teller): void {
  const names = new Map<unknown, number>();
  const parties = new Map<string, number>();
  for (const [index, entry] of list(settings['trusted_issuers']).entries()) {
    const issuer = mapping(entry);
    const path = ['trusted_issuers', index] as const;
    const first = names.get(issuer['name']);
    if (first !== undefined && typeof issuer['name'] === 'string')
      add([...path, 'name'], {
        code: 'duplicate-name',
        reason: `the trusted issuer ${name([...path, 'name'], issuer['name'])} is there already`,
        hint: 'give it another name',
      });
    names.set(issuer['name'], index);
    const party = JSON.stringify([issuer['issuer'], issuer['audience']]);
    if (parties.has(party) && typeof issuer['issuer'] === 'string')
      add([...path, 'audience'], {
        code: 'duplicate-issuer',
        reason: 'another entry has the same `issuer` and the same `audience`',
        hint: 'make one of them, and tell its programs apart in the rules, or give each an audience of its own',
      });
    parties.set(party, index);
    checkEntry(issuer, path, { add, name });
  }
}

function checkEntry(entry: Mapping, path: readonly [string, number], { add }: Teller): void {
  const { issuer, subject, claims, jwks_uri: keys } = entry;
  const words = {
    subject: typeof subject === 'string' || isTexts(subject) ? subject : undefined,
    claims: mapping(claims),
  };
  const { patterns, faults } = parseClaimPatterns(words);
  for (const { path: at, ...complaint } of faults) add([...path, ...at], complaint);
  if (typeof issuer !== 'string') return;
  const wanted = missingOwner(issuer, patterns);
  if (wanted !== null && faults.length === 0)
    add([...path, 'issuer'], {
      code: 'issuer-without-owner',
      reason: `${quote(issuer)} makes tokens for everybody, and nothing here says whose programs are meant`,
      hint: `name the owner as a whole, best by number: \`${wanted}\``,
    });
  if (typeof keys !== 'string' || !URL.canParse(keys) || !URL.canParse(issuer)) return;
  if (new URL(keys).protocol === 'http:' && !isLoopbackHost(new URL(issuer).hostname))
    add([...path, 'jwks_uri'], {
      code: 'not-https',
      reason: 'the keys of an https issuer come by https',
      hint: 'write `https://…`',
    });
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
