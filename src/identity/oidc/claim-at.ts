// Finds a claim in what a provider said. Own properties only, so that no name reaches into a prototype.

/** A JSON object from a verified ID token or from UserInfo. */
export type Claims = Readonly<Record<string, unknown>>;

/** A name whose dots reach into objects, or each step of the way. */
export type ClaimPath = string | readonly string[];

function own(object: unknown, name: string): unknown {
  return typeof object === 'object' &&
    object !== null &&
    !Array.isArray(object) &&
    Object.hasOwn(object, name)
    ? (object as Record<string, unknown>)[name]
    : undefined;
}

/**
 * The claim of exactly this name, else what its dots reach: `realm_access.roles`. Steps are names as they stand.
 *
 * @returns `undefined` where there is none
 */
export function claimAt(claims: Claims, path: ClaimPath): unknown {
  if (typeof path !== 'string') return path.reduce<unknown>((value, name) => own(value, name), claims);
  const whole = own(claims, path);
  if (whole !== undefined || !path.includes('.')) return whole;
  return path.split('.').reduce<unknown>((value, name) => own(value, name), claims);
}

/** Whether a JSON object can be looked into. */
function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Whether something stands on the way to a claim that has no claims in it: `realm_access: "x"` or a list of objects, where
 * `realm_access.roles` is wanted. It says nothing of what is missing.
 */
export function isBarred(claims: Claims, path: ClaimPath): boolean {
  if (typeof path === 'string' && own(claims, path) !== undefined) return false;
  let at: unknown = claims;
  for (const name of typeof path === 'string' ? path.split('.') : path) {
    if (at === undefined || at === null) return false;
    if (!isObject(at)) return true;
    at = own(at, name);
  }
  return false;
}

/**
 * Whether the provider says that the claim is to be had elsewhere (OpenID Connect Core section 5.6.2). Entra ID does so for more
 * groups than fit into a token, and says `hasgroups` or `groups:src1` where even the reference does not fit. References that are
 * no object, or sources that no name refers to, may be of any claim.
 */
export function isByReference(claims: Claims, path: ClaimPath): boolean {
  const names = typeof path === 'string' ? [path, path.split('.')[0] ?? path] : [path[0] ?? ''];
  const references = own(claims, '_claim_names') ?? null;
  if (references === null ? !isEmpty(own(claims, '_claim_sources') ?? null) : isOddReference(references))
    return true;
  if (names.some((name) => own(references, name) !== undefined)) return true;
  if (!names.includes('groups')) return false;
  const hasGroups = own(claims, 'hasgroups');
  if (hasGroups !== undefined && hasGroups !== false) return true;
  return Object.keys(claims).some((name) => /^groups:src\d{1,9}$/.test(name));
}

function isOddReference(references: unknown): boolean {
  return !isObject(references) && !isEmpty(references);
}

/** `[]` is how some languages write an object without members. */
function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}
