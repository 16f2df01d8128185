// The words that selectors compare with: e-mail addresses, domains, countries, methods, names. Each is right or refused with a hint.

import { domainToASCII } from 'node:url';
import { isRoute, parseEmailAddress } from '../../http/email-address.ts';
import { methods, refusedMethods } from '../../http/methods.ts';
import { didYouMean } from '../../source/did-you-mean.ts';
import { durationHint, parseDuration } from '../../source/parse-duration.ts';
import { regexHint } from '../../source/plain-words.ts';
import { quote } from '../../source/quote.ts';
import { accept, type Checked, refuse } from './problem-reporter.ts';

const domainPattern =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether a text is a domain name in lower case and ASCII (RFC 1123 section 2.1). */
export function isDomain(text: string): boolean {
  return domainPattern.test(text);
}

/** @returns the address in lower case */
export function parseEmail(text: string): Checked<string> {
  const email = text.toLowerCase();
  const at = email.lastIndexOf('@');
  const domain = email.slice(at + 1);
  const bad = (hint: string | null) => refuse('bad-email', `${quote(text)} is not an e-mail address`, hint);
  if ((at <= 0 || email.startsWith('*@')) && isDomain(domain) && (at !== -1 || domain.includes('.'))) {
    return bad(`for everybody of a domain write \`email_domain: ${domain}\``);
  }
  const pattern = patternHint(text);
  if (pattern !== null) return bad(pattern);
  const parsed = parseEmailAddress(text);
  if (parsed !== null) return accept(parsed);
  return isRoute(email.slice(0, Math.max(0, at)))
    ? bad(
        'mail servers may read `%`, `!` and `=?` before the `@` as another address: no login has such a one',
      )
    : bad(asciiHint(domain) ?? 'for example `mom@example.org`');
}

/** @returns the domain in lower case */
export function parseEmailDomain(text: string): Checked<string> {
  const domain = text.toLowerCase();
  const bad = (hint: string | null) => refuse('bad-domain', `${quote(text)} is not an e-mail domain`, hint);
  if (isDomain(domain)) return accept(domain);
  const rest = domain.slice(domain.lastIndexOf('@') + 1);
  if (domain.startsWith('@') && isDomain(rest)) return bad(`write it without the @: \`${rest}\``);
  if (domain.includes('@') && isDomain(rest)) return bad(`for one person write \`email: ${domain}\``);
  if (domain.startsWith('*.') && isDomain(domain.slice(2))) {
    return bad('list each domain: a domain does not include those below it');
  }
  if (domain.endsWith('.') && isDomain(domain.slice(0, -1)))
    return bad('write it without the dot at its end');
  return bad(patternHint(text) ?? asciiHint(domain) ?? 'for example `example.com`');
}

/** The way to write a name in other scripts. */
export function asciiHint(domain: string): string | null {
  if (!/[^\u0000-\u007F]/.test(domain)) return null;
  const ascii = domainToASCII(domain);
  return ascii === '' ? null : `write it in its ASCII form: \`${ascii}\``;
}

/** A hint when a text looks like a regular expression or a wildcard: texts are compared exactly. */
export function patternHint(text: string): string | null {
  const hint = regexHint(text);
  // A group may be a path (`/staff/it/`): slashes alone make no pattern.
  if (hint !== null && !/^\/[\w ./-]+\/$/.test(text)) return hint;
  return /^\*|\*$/.test(text) ? 'there are no wildcards here: the text is compared exactly' : null;
}

/** A name that is compared exactly: a group, a claim's value, a service token, an authentication method. */
export function parseExactText(text: string): Checked<string> {
  if (text.trim() !== text) return refuse('surrounding-space', `${quote(text)} begins or ends with a space`);
  const hint = patternHint(text);
  if (hint !== null) return refuse('pattern', `${quote(text)} looks like a pattern`, hint);
  return accept(text);
}

const countries = new Set(
  `AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE
GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM
KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ
NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH
SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG
VI VN VU WF WS YE YT ZA ZM ZW XK`.split(/\s+/),
);

const countrySlips: Readonly<Record<string, string>> = { UK: 'GB', EL: 'GR' };

/** ISO 3166-1 alpha-2, and `XK` for Kosovo, which the makers of country headers use. */
export function parseCountry(text: string): Checked<string> {
  if (countries.has(text)) return accept(text);
  const upper = text.toUpperCase();
  const guess = countries.has(upper) ? upper : countrySlips[upper];
  const hint = guess === undefined ? 'write two capital letters, such as `PT`' : `did you mean \`${guess}\`?`;
  return refuse('bad-country', `${quote(text)} is not an ISO 3166 country code`, hint);
}

/** A method that passes the gate, in capital letters. */
export function parseMethod(text: string): Checked<string> {
  if (methods.has(text)) return accept(text);
  const upper = text.toUpperCase();
  if (refusedMethods.has(upper))
    return refuse(
      'bad-method',
      `the method ${quote(text)} never passes`,
      'it is refused before any policy is asked',
    );
  const guess = methods.has(upper) ? upper : didYouMean(upper, methods);
  const hint =
    guess === null ? `methods that pass: ${[...methods].join(', ')}` : `did you mean \`${guess}\`?`;
  return refuse('bad-method', `unknown method ${quote(text)}`, hint);
}

/** A hardware key's make (AAGUID). @returns it in lower case */
export function parseAaguid(text: string): Checked<string> {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return accept(text.toLowerCase());
  return refuse(
    'bad-aaguid',
    `${quote(text)} is not an AAGUID`,
    'for example `cb69481e-8ff7-4039-93ec-0a2729a154a8`',
  );
}

/** A duration longer than nothing. @returns milliseconds */
export function parseSomeTime(text: string): Checked<number> {
  const ms = parseDuration(text);
  if (ms === null) return refuse('bad-duration', `${quote(text)} is not a duration`, durationHint);
  return ms === 0 ? refuse('bad-duration', 'the duration cannot be zero') : accept(ms);
}

/** A duration that may be zero. @returns milliseconds */
export function parseAnyTime(text: string): Checked<number> {
  const ms = parseDuration(text);
  return ms === null ? refuse('bad-duration', `${quote(text)} is not a duration`, durationHint) : accept(ms);
}
