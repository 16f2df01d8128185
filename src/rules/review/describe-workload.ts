// Workloads in words: which are meant, which one asks, and what of it does not fit; and one made up that fits.
import type { Facts } from '../model/facts.ts';
import {
  type ClaimPattern,
  claimAt,
  findUnmet,
  type Workload,
  type WorkloadPattern,
} from '../model/workload.ts';

/** As it could stand in a file: the issuer, and what is asked of claims. */
export function describePattern({ issuer, claims }: WorkloadPattern): string {
  const asked = claims.map(
    ({ path, patterns }) => `${path.join('.')} ${patterns.slice(0, 3).map(cut).join(' or ')}`,
  );
  return asked.length === 0 ? issuer : `${issuer} with ${asked.join(', ')}`;
}

/** One that asks: its issuer, and its subject where it has one. */
export function describeWorkload({ issuer, claims }: Workload): string {
  const { sub } = claims;
  return typeof sub === 'string' ? `${issuer} ${cut(sub)}` : issuer;
}

/** Why a workload is one of those that are meant, or not. */
export function explainWorkload(wanted: readonly WorkloadPattern[], { workload }: Facts): string {
  if (workload === null) return 'no token of a trusted issuer was presented';
  const ofIssuer = wanted.filter(({ issuer }) => issuer === workload.issuer);
  const unmet = ofIssuer.map(({ claims }) => findUnmet(workload.claims, claims));
  const first = unmet[0];
  if (first === undefined) return `the token is of ${workload.issuer}`;
  if (first === null || unmet.includes(null)) return `the token is of ${describeWorkload(workload)}`;
  return explainUnmet(first, workload);
}

function explainUnmet({ path }: ClaimPattern, { claims }: Workload): string {
  const value = claimAt(claims, path);
  const name = path.join('.');
  return value === undefined
    ? `the token has no ${name}`
    : `${name} is ${cut(JSON.stringify(value) ?? 'nothing')}`;
}

/** Somebody whom a pattern means. */
export function exampleOf({ issuer, claims }: WorkloadPattern): Workload {
  const made: Record<string, unknown> = {};
  for (const { path, patterns } of claims) {
    let at = made;
    for (const name of path.slice(0, -1)) {
      const inner: Record<string, unknown> = (at[name] as Record<string, unknown> | undefined) ?? {};
      at[name] = inner;
      at = inner;
    }
    at[path.at(-1) ?? ''] = (patterns[0] ?? '').replaceAll('*', 'any');
  }
  return { issuer, claims: made };
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
