// The groups that a provider says, and whether these are all of them. What cannot be used costs itself, never the rest.
import type { ClaimFault } from '../../rules/model/facts.ts';
import { isNamedBy } from '../../rules/model/group-patterns.ts';
import type { OidcProviderSettings } from '../../settings/settings.ts';
import { isRecord } from '../../source/is-record.ts';
import { type Claims, claimAt, isBarred, isByReference } from './claim-at.ts';

/** `fault`: why further groups are possible; `null`: these are all. */
export interface GroupsReading {
  readonly groups: readonly string[];
  readonly fault: ClaimFault | null;
}

type GroupSettings = Pick<OidcProviderSettings, 'groupsClaim' | 'groupsMissing' | 'groupsOnly'>;

/**
 * Reads the groups of one person.
 *
 * @param sources what the provider said, the first word first: the first one that tells all groups counts
 * @returns each group once, none of them empty; only those that the settings let count
 */
export function groupsFromClaims(settings: GroupSettings, sources: readonly Claims[]): GroupsReading {
  const { groups, fault } = groupsOfSources(settings, sources);
  return { groups: countedGroups(settings, groups), fault };
}

/** Those that the settings let count. */
export function countedGroups(
  { groupsOnly }: Pick<GroupSettings, 'groupsOnly'>,
  groups: readonly string[],
): readonly string[] {
  return groupsOnly === null ? groups : groups.filter((group) => isNamedBy(groupsOnly, group));
}

/** Whether this source alone tells all groups. */
export function tellsGroups({ groupsClaim }: GroupSettings, source: Claims): boolean {
  return groupsClaim === null || groupsOfSource(groupsClaim, source)?.fault === null;
}

function groupsOfSources(
  { groupsClaim, groupsMissing }: GroupSettings,
  sources: readonly Claims[],
): GroupsReading {
  if (groupsClaim === null) return { groups: [], fault: null };
  const reads = sources.flatMap((source) => groupsOfSource(groupsClaim, source) ?? []);
  const whole = reads.find(({ fault }) => fault === null);
  if (whole !== undefined) return whole;
  return {
    groups: [...new Set(reads.flatMap(({ groups }) => groups))],
    fault: reads[0]?.fault ?? (groupsMissing === 'none' ? null : 'missing'),
  };
}

/** `null`: it does not speak of groups. */
function groupsOfSource(
  claim: NonNullable<GroupSettings['groupsClaim']>,
  source: Claims,
): GroupsReading | null {
  const value = claimAt(source, claim);
  const isElsewhere = isByReference(source, claim);
  if (value === undefined || value === null) {
    if (isElsewhere) return { groups: [], fault: 'by-reference' };
    return isBarred(source, claim) ? { groups: [], fault: 'wrong-type' } : null;
  }
  const read = groupsOfValue(value);
  return isElsewhere ? { ...read, fault: 'by-reference' } : read;
}

function groupsOfValue(value: unknown): GroupsReading {
  if (typeof value === 'string') {
    if (value === '') return { groups: [], fault: 'wrong-type' };
    return { groups: [value], fault: mayBeSeveral(value) ? 'odd-items' : null };
  }
  if (typeof value !== 'object' || value === null) return { groups: [], fault: 'wrong-type' };
  const items: readonly unknown[] = Array.isArray(value) ? value : Object.entries(value).map(groupOfEntry);
  const groups = items.filter((item): item is string => typeof item === 'string' && item !== '');
  return { groups: [...new Set(groups)], fault: groups.length < items.length ? 'odd-items' : null };
}

/**
 * A text that some providers make of a whole list: `a,b`, `[a, b]`. It is one group, and who is in it may be in others. The commas
 * of a distinguished name (RFC 4514) are its own.
 */
function mayBeSeveral(text: string): boolean {
  if (/^\[|[;|\n]/.test(text)) return true;
  return text.includes(',') && !text.split(',').every((part) => part.includes('='));
}

/**
 * The group that a key of an object names: with an object or `true` beside it. What has `false` beside it is not a group, a text or
 * a list may be the groups themselves, and `{"0": …, "2": …}` is how some languages write a list with gaps.
 */
function groupOfEntry([key, value]: readonly [string, unknown]): string | null {
  return (value === true || isRecord(value)) && !/^(?:0|[1-9]\d{0,9})$/.test(key) ? key : null;
}
