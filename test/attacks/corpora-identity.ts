// Lists of e-mail addresses and of signed tokens: nobody's address reads as somebody else's, and no invalid token passes the checks
// that stand between it and its claims.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactVerify, createLocalJWKSet, type JWK } from 'jose';
import { identityFromClaims } from '../../src/identity/oidc/identity-from-claims.ts';
import { checkTokenShape } from '../../src/identity/oidc/token-shape.ts';
import { idTokenAlgorithms } from '../../src/settings/schema/oidc-schema.ts';
import { checkCompactForm } from '../../src/verify/token-form.ts';
import { createAssertionVerifier } from '../../src/verify.ts';
import { corporaFolder } from '../http/corpora.ts';
import { providerSettings } from '../identity/login-site.ts';
import { appWith, decideOn, factsOf, parseText, rulesOf } from '../rules/rules-text.ts';
import { startAttackSite } from './attack-site.ts';
import type { CorpusResult } from './corpus-result.ts';
import { logInWithLies } from './flow.ts';

const read = (file: string): string => readFileSync(join(corporaFolder, file), 'utf8');

/** Whether an address that a provider vouches for gets past `include` with these selectors. */
function isLetIn(email: string, selectors: readonly string[]): boolean | 'refused rules' {
  if (selectors.length === 0) return false;
  const text = appWith(`- { name: p, action: allow, include: [${selectors.join(', ')}] }`);
  if (!parseText(text).ok) return 'refused rules';
  const provider = providerSettings({ id: 'google', issuer: 'https://accounts.example.com' });
  const identity = identityFromClaims(provider, { sub: 'x', email, email_verified: true }, null, Date.now());
  return decideOn(rulesOf(text), factsOf({ identity })).outcome === 'allow';
}

interface AddressRow {
  readonly name: string;
  readonly email: string;
  readonly allowedEmails: readonly string[];
  readonly allowedDomains: readonly string[];
  readonly authorized: boolean;
}

export async function replayAddresses(): Promise<CorpusResult> {
  const problems: string[] = [];
  let stricter = 0;
  const rows = (JSON.parse(read('email/oauth2-proxy-email-domain-cases.json')) as { cases: AddressRow[] })
    .cases;
  for (const { name, email, allowedEmails, allowedDomains, authorized } of rows) {
    const selectors = [
      ...allowedEmails.map((text) => `{ email: ${JSON.stringify(text)} }`),
      ...allowedDomains.map((text) => `{ email_domain: ${JSON.stringify(text)} }`),
    ];
    const verdict = isLetIn(email, selectors);
    if (verdict === true && !authorized)
      problems.push(`${name}: ${email} is let in by ${selectors.join(', ')}`);
    if (verdict !== true && authorized) stricter++;
  }
  const tests = [...read('email/isemail-tests.xml').matchAll(/<test id[\s\S]*?<\/test>/g)].map(([block]) => [
    /<address>([\s\S]*?)<\/address>/.exec(block)?.[1] ?? '',
    /<category>(\w+)<\/category>/.exec(block)?.[1] ?? '',
  ]);
  let accepted = 0;
  for (const [written = '', category] of tests) {
    const email = readEntities(written);
    const domain = email.slice(email.lastIndexOf('@') + 1);
    const isOrdinary = /^[a-z0-9.-]+$/i.test(domain) && !domain.endsWith('.');
    const verdicts = ['example.com', ...(isOrdinary ? [domain.toLowerCase()] : [])].map((name) =>
      isLetIn(email, [`{ email_domain: ${JSON.stringify(name)} }`]),
    );
    if (!verdicts.includes(true)) continue;
    accepted++;
    if (category === 'ISEMAIL_ERR') problems.push(`${email} is taken for an address`);
    if (!isOrdinary || email.split('@').length !== 2) problems.push(`${email} is taken for one of ${domain}`);
  }
  return {
    name: 'e-mail addresses',
    inputs: rows.length + tests.length,
    outcome: `nobody is let in who should not be; ${stricter} rows are refused that others accept, ${accepted} addresses taken`,
    problems,
  };
}

/** The list writes control characters as their pictures, U+2400 on. */
function readEntities(text: string): string {
  return text
    .replace(/&#x([0-9a-f]+);/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_, number: string) => String.fromCodePoint(Number(number)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .replace(/[\u2400-\u2421]/g, (picture) => String.fromCharCode(picture.charCodeAt(0) - 0x2400));
}

interface TokenVector {
  readonly tcId: number;
  readonly comment: string;
  readonly jws?: unknown;
  readonly jwe?: unknown;
  readonly result: string;
  readonly keys: readonly JWK[];
}

function tokenVectors(): readonly TokenVector[] {
  return ['signature', 'crypto', 'key', 'encryption'].flatMap((part) => {
    const file = JSON.parse(read(`jwt/wycheproof-json_web_${part}_test.json`)) as {
      testGroups: { public?: unknown; private?: unknown; tests: Omit<TokenVector, 'keys'>[] }[];
    };
    return file.testGroups.flatMap((group) =>
      group.tests.map((vector) => ({ ...vector, keys: keysOf(group.public ?? group.private) })),
    );
  });
}

function keysOf(value: unknown): readonly JWK[] {
  const keys = (value as { keys?: JWK[] } | undefined)?.keys ?? [value as JWK];
  return keys.map(({ d, p, q, dp, dq, qi, ...key }) => key);
}

/** Form and signature: as `bouncer-proxy/verify` checks them, or as an ID token's are checked. */
async function passes(text: string, { keys }: TokenVector): Promise<boolean> {
  const algorithms: string[] = [];
  if (hasCompactForm(text)) algorithms.push('ES256');
  if (checkTokenShape(text, idTokenAlgorithms, ['jwt', 'jws', 'jose']) !== null)
    algorithms.push(...idTokenAlgorithms);
  if (algorithms.length === 0) return false;
  return compactVerify(text, createLocalJWKSet({ keys: [...keys] }), { algorithms }).then(
    () => true,
    () => false,
  );
}

function hasCompactForm(text: string): boolean {
  try {
    checkCompactForm(text);
    return true;
  } catch {
    return false;
  }
}

export async function replayTokens(): Promise<CorpusResult> {
  const site = await startAttackSite({ provider: 'hostile' });
  const vectors = tokenVectors();
  const verify = createAssertionVerifier({ issuer: 'http://localhost:9', audience: 'app' });
  const problems: string[] = [];
  let logins = 0;
  let valid = 0;
  for (const [index, vector] of vectors.entries()) {
    const token = vector.jws ?? vector.jwe;
    const name = `${vector.tcId} ${vector.comment}`;
    if (
      await verify(token).then(
        () => true,
        () => false,
      )
    )
      problems.push(`${name}: an assertion`);
    if (typeof token !== 'string') continue;
    if (await passes(token, vector)) {
      if (vector.result === 'invalid') problems.push(`${name}: passes form and signature`);
      else valid++;
    }
    if (index % 4 !== 0) continue;
    logins++;
    const { response, upstreamBytes } = await logInWithLies(site, { idToken: () => token });
    if (response.status < 400 || upstreamBytes > 0) problems.push(`${name}: logs in with ${response.status}`);
  }
  // Otherwise the check would prove nothing.
  if (valid === 0) problems.push('not even a valid one passes form and signature');
  return {
    name: 'JOSE vectors (Wycheproof)',
    inputs: vectors.length,
    outcome: `no invalid one passes form and signature (${valid} valid ones do), none is an assertion, none of ${logins} logs in`,
    problems: [...problems, ...(await site.close())],
  };
}
