// Which of the provider's two documents brought what at login, so that a refresh can tell silence from an answer.
import type { ClaimFault, Identity } from '../../rules/model/facts.ts';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import type { KnownFacts } from '../identity-provider.ts';
import { type ClaimPath, type Claims, claimAt, isBarred, isByReference } from './claim-at.ts';
import { speaksOfVerification } from './email-from-claims.ts';
import { tellsGroups } from './groups-from-claims.ts';

export type ClaimSource = 'id_token' | 'userinfo';

/** By `email`, `name`, `groups`, and `claim:` with the name of a kept claim. What neither document said is not in it. */
type ClaimSources = Readonly<Record<string, ClaimSource>>;

/**
 * Said, said to be found elsewhere (OpenID Connect Core section 5.6.2), or hidden by what stands on the way to it: each is a word about
 * the claim.
 */
function isSaid(claims: Claims, path: ClaimPath): boolean {
  const value = claimAt(claims, path);
  return (value ?? null) !== null || isByReference(claims, path) || isBarred(claims, path);
}

/** @param userInfo `null` when it was not asked. The ID token goes first, as for the identity. */
export function claimSources(
  provider: OidcProviderSettings,
  idToken: Claims,
  userInfo: Claims | null,
): ClaimSources {
  const documents: readonly (readonly [ClaimSource, Claims | null])[] = [
    ['id_token', idToken],
    ['userinfo', userInfo],
  ];
  const sourceOf = (isIn: (claims: Claims) => boolean): ClaimSource | null =>
    documents.find(([, claims]) => claims !== null && isIn(claims))?.[0] ?? null;
  const { groupsClaim } = provider;
  const found: (readonly [string, ClaimSource | null])[] = [
    // The address and its verification come from one document, the one that speaks of the verification.
    [
      'email',
      sourceOf((claims) => speaksOfVerification(provider, claims)) ??
        sourceOf((claims) => isSaid(claims, 'email')),
    ],
    ['name', sourceOf((claims) => isSaid(claims, 'name'))],
    [
      'groups',
      groupsClaim === null
        ? null
        : (sourceOf((claims) => tellsGroups(provider, claims)) ??
          sourceOf((claims) => isSaid(claims, groupsClaim))),
    ],
    ...provider.claims.map((name) => [`claim:${name}`, sourceOf((claims) => isSaid(claims, name))] as const),
  ];
  return Object.fromEntries(found.filter((entry): entry is [string, ClaimSource] => entry[1] !== null));
}

/** Of every kept claim that either has, or does not know. */
function namesOf(...identities: readonly Identity[]): ReadonlySet<string> {
  return new Set(
    identities.flatMap(({ claims, unsettled }) => [
      ...Object.keys(claims),
      ...Object.keys(unsettled?.claims ?? {}),
    ]),
  );
}

/**
 * The facts after a refresh. What a document brought that did not speak now stays as it was; what a document that spoke did
 * not bring again is gone, as it would be at a login. How and when the person logged in is nothing that a refresh changes.
 *
 * @param fresh the facts of the documents that spoke alone @param spoke which did
 */
export function factsAfterRefresh(
  known: KnownFacts,
  fresh: KnownFacts,
  spoke: ReadonlySet<string>,
): KnownFacts {
  const isKept = (key: string): boolean => {
    const source = known.sources[key];
    return source !== undefined && !spoke.has(source);
  };
  const claims: Record<string, unknown> = Object.create(null);
  const faults: Record<string, ClaimFault> = Object.create(null);
  for (const name of namesOf(known.identity, fresh.identity)) {
    const from = isKept(`claim:${name}`) ? known.identity : fresh.identity;
    if (Object.hasOwn(from.claims, name)) claims[name] = from.claims[name];
    const fault = from.unsettled?.claims[name];
    if (fault !== undefined) faults[name] = fault;
  }
  const sources: Record<string, string> = {};
  for (const key of new Set([...Object.keys(known.sources), ...Object.keys(fresh.sources)])) {
    const source = isKept(key) ? known.sources[key] : fresh.sources[key];
    if (source !== undefined) sources[key] = source;
  }
  const { identity } = known;
  return {
    identity: Object.freeze({
      ...identity,
      email: isKept('email') ? identity.email : fresh.identity.email,
      name: isKept('name') ? identity.name : fresh.identity.name,
      groups: isKept('groups') ? identity.groups : fresh.identity.groups,
      claims: Object.freeze(claims),
      unsettled: Object.freeze({
        email: (isKept('email') ? identity : fresh.identity).unsettled?.email ?? null,
        groups: (isKept('groups') ? identity : fresh.identity).unsettled?.groups ?? null,
        amr: identity.unsettled?.amr ?? null,
        claims: Object.freeze(faults),
      }),
    }),
    sources,
  };
}
