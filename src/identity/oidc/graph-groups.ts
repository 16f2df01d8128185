// The groups of somebody with more than fit into Entra ID's token: asked of Microsoft Graph, at the address in the settings. What
// the token says of where to ask is never used: whoever could write it could have the access token sent to themselves.

import type { Identity } from '../../rules/model/facts.ts';
import { isRecord } from '../../source/is-record.ts';
import type { LimitedFetch } from '../limited-fetch.ts';
import type { Discovered } from './discovery.ts';
import { countedGroups } from './groups-from-claims.ts';

/** Graph tells up to 11,000 groups in one answer (`getMemberGroups`, version 1.0); more pages than this are not asked for. */
const maxPages = 8;
const maxTimeMs = 10_000;

/**
 * Completes the groups of a person whose token only refers to them.
 *
 * @param known the person before a refresh: their groups stay where Graph does not answer. `null` at a login
 * @returns the same identity where nothing is to be asked or nothing came of it
 */
export async function completeGroups(
  { settings, limited }: Pick<Discovered, 'settings' | 'limited'>,
  accessToken: string,
  identity: Identity,
  known: Identity | null,
): Promise<Identity> {
  const { unsettled } = identity;
  if (settings.groupsOverage === null || unsettled?.groups !== 'by-reference') return identity;
  const ids = await askGraph(settings.groupsOverage, limited, accessToken);
  if (ids !== null) {
    const groups = [...new Set([...identity.groups, ...countedGroups(settings, ids)])];
    return Object.freeze({
      ...identity,
      groups: Object.freeze(groups),
      unsettled: Object.freeze({ ...unsettled, groups: 'ids-only' as const }),
    });
  }
  if (known?.unsettled?.groups !== 'ids-only') return identity;
  return Object.freeze({
    ...identity,
    groups: known.groups,
    unsettled: Object.freeze({ ...unsettled, groups: 'ids-only' as const }),
  });
}

/** @returns all object ids, or `null` when not all of them came */
async function askGraph(
  origin: string,
  limited: LimitedFetch,
  accessToken: string,
): Promise<readonly string[] | null> {
  const signal = AbortSignal.timeout(maxTimeMs);
  const headers = { authorization: `Bearer ${accessToken}`, accept: 'application/json' };
  const ids: string[] = [];
  let next: string | null = `${origin}/v1.0/me/getMemberGroups`;
  try {
    for (let page = 0; next !== null; page++) {
      if (page === maxPages) return null;
      const isFirst = page === 0;
      const response: Response = await limited.fetch(next, {
        signal,
        ...(isFirst
          ? {
              method: 'POST',
              headers: { ...headers, 'content-type': 'application/json' },
              body: JSON.stringify({ securityEnabledOnly: false }),
            }
          : { headers }),
      });
      const body: unknown = response.status === 200 ? await response.json() : null;
      const value = isRecord(body) ? body['value'] : null;
      if (
        !isRecord(body) ||
        !Array.isArray(value) ||
        !value.every((id) => typeof id === 'string' && id !== '')
      )
        return null;
      ids.push(...value);
      const link = body['@odata.nextLink'] ?? null;
      if (link !== null && !isBelow(origin, link)) return null;
      next = link;
    }
  } catch {
    // Whatever went wrong, the groups stay what they were: not settled, which the log tells.
    return null;
  }
  return ids;
}

function isBelow(origin: string, link: unknown): link is string {
  return typeof link === 'string' && URL.canParse(link) && new URL(link).origin === origin;
}
