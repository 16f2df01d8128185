// What an operator does about access for a time from the command line: gives it, looks at it, ends it. One of the running processes tells
// the log.
import { BouncerError } from '../../bouncer-error.ts';
import type { Application } from '../../rules/model/compiled-rules.ts';
import { renderDuration } from '../../source/parse-duration.ts';
import type { StoredGrant, StoredRequest } from '../../store/access-store.ts';
import type { Store } from '../../store/store.ts';
import { createId } from '../opaque-token.ts';
import { keepAct } from '../person-acts.ts';
import { longestPurpose, plainPurpose } from './plain-purpose.ts';

export interface GrantOrder {
  /** Lower case. */
  readonly email: string;
  readonly application: string;
  /** The path of an area; `null`: the application's own policies. */
  readonly area: string | null;
  readonly durationMs: number;
  readonly reason: string;
}

/** @throws BouncerError `usage` for what no rule could mean; `store_unavailable` */
export async function grantAccess(
  store: Store,
  applications: readonly Application[],
  order: GrantOrder,
): Promise<StoredGrant> {
  const application = applications.find(({ name }) => name === order.application);
  if (application === undefined) {
    const names = applications.map(({ name }) => name).join(', ');
    throw new BouncerError('usage', `there is no application \`${order.application}\``, {
      hint: `the rules have: ${names}`,
    });
  }
  if (application.requests === null)
    throw new BouncerError('usage', `no grant counts for \`${order.application}\`: it has no \`requests\``, {
      hint: 'say in the rules who may ask for access and who may give it',
    });
  const { maxDurationMs } = application.requests;
  if (order.durationMs > maxDurationMs)
    throw new BouncerError(
      'usage',
      `the rules give access to \`${order.application}\` for ${renderDuration(maxDurationMs)} at most`,
      { hint: 'see `max_duration` in `requests`' },
    );
  if (!application.areas.some(({ path }) => path === order.area)) {
    const paths = application.areas.flatMap(({ path }) => path ?? []).join(', ');
    throw new BouncerError('usage', `\`${order.application}\` has no path \`${order.area}\` of its own`, {
      hint: paths === '' ? 'its policies are those of the whole application' : `the rules have: ${paths}`,
    });
  }
  const reason = plainPurpose(order.reason);
  if (reason === null || reason === '')
    throw new BouncerError('usage', `a reason has 1 to ${longestPurpose} characters`);
  const nowMs = store.now();
  const grant: StoredGrant = {
    ...{ id: createId(), application: order.application, area: order.area, email: order.email },
    ...{ subject: null, grantedBy: 'operator', reason, createdAtMs: nowMs },
    endsAtMs: nowMs + order.durationMs,
  };
  await store.access.addGrant(grant);
  await keepAct(store, {
    kind: 'access_granted',
    ...aboutGrant(grant),
    reason,
    until: isoTime(grant.endsAtMs),
  });
  return grant;
}

/** @returns `null`: there is none of this id @throws BouncerError `store_unavailable` */
export async function revokeAccess(store: Store, id: string): Promise<StoredGrant | null> {
  const grant = await store.access.removeGrant(id);
  if (grant !== null) await keepAct(store, { kind: 'access_revoked', ...aboutGrant(grant) });
  return grant;
}

/** Everything that has not ended. @throws BouncerError `store_unavailable` */
export async function listAccess(
  store: Store,
): Promise<{ readonly grants: readonly StoredGrant[]; readonly requests: readonly StoredRequest[] }> {
  const nowMs = store.now();
  const grants = (await store.access.listGrants()).filter(({ endsAtMs }) => endsAtMs > nowMs);
  return { grants, requests: await store.access.listRequests(nowMs) };
}

function aboutGrant({ application, area, email, id }: StoredGrant): {
  readonly application: string;
  readonly area: string | null;
  readonly email: string;
  readonly access: string;
} {
  return { application, area, email, access: id };
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
