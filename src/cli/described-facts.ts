// A request as the command line describes it: who asks, from where, when. Believes what it is told, as it decides nothing.
import { BouncerError } from '../bouncer-error.ts';
import { speaksFor } from '../identity/speaks-for.ts';
import { type Facts, groupsUnsettled, type Identity, type Unsettled } from '../rules/model/facts.ts';
import type { Workload } from '../rules/model/workload.ts';
import type { Settings } from '../settings/settings.ts';

export interface PersonOptions {
  readonly email?: string;
  readonly group?: readonly string[];
  /** Beside `group`, or without any: further groups are possible. */
  readonly groups?: 'unsettled';
  readonly provider?: string;
  readonly serviceToken?: string;
  /** The name of a trusted issuer. */
  readonly workload?: string;
  /** `name=value` of a workload's token, `sub` too. */
  readonly claim?: readonly string[];
  /** They were granted access to it for a time. */
  readonly granted?: true;
  readonly method?: string;
  readonly ip?: string;
  readonly country?: string;
  readonly amr?: readonly string[];
  readonly at?: number;
}

/**
 * A person who logged in at this moment; nobody when no option says anything of a person.
 *
 * @throws BouncerError `usage` for an identity provider that the settings do not have
 */
export function describedFacts(options: PersonOptions, settings: Settings, clockMs: number): Facts {
  const nowMs = options.at ?? clockMs;
  const { email, group, groups, amr, provider: id } = options;
  const isSomebody = [email, group, groups, amr, id].some((option) => option !== undefined);
  return {
    identity: isSomebody ? describedPerson(options, settings, nowMs) : null,
    serviceToken: options.serviceToken ?? null,
    workload: describedWorkload(options, settings),
    ip: options.ip ?? null,
    country: options.country ?? null,
    method: options.method?.toUpperCase() ?? 'GET',
    nowMs,
    ...(options.granted === true ? { grants: 'assumed' as const } : {}),
  };
}

/** @throws BouncerError `usage` for an issuer that the settings do not have, and a claim that is not `name=value` */
function describedWorkload({ workload, claim = [] }: PersonOptions, settings: Settings): Workload | null {
  const names = settings.trustedIssuers.map(({ name }) => name);
  if (workload === undefined) {
    if (claim.length === 0) return null;
    throw new BouncerError('usage', '`--claim` says something of a token, and `--workload` whose it is');
  }
  if (!names.includes(workload))
    throw new BouncerError('usage', `the settings have no trusted issuer \`${workload}\``, {
      hint: names.length === 0 ? 'they have none' : `they have: ${names.join(', ')}`,
    });
  const claims: Record<string, unknown> = {};
  for (const text of claim) {
    const at = text.indexOf('=');
    if (at < 1)
      throw new BouncerError('usage', `\`${text}\` is not a claim`, { hint: 'write `--claim name=value`' });
    claims[text.slice(0, at)] = text.slice(at + 1);
  }
  return { issuer: workload, claims };
}

function describedPerson(options: PersonOptions, settings: Settings, nowMs: number): Identity {
  const amr = options.amr ?? [];
  const providers = settings.identityProviders;
  const provider = providers.find(({ id }) => options.provider === undefined || id === options.provider);
  if (provider === undefined) {
    throw new BouncerError('usage', `the settings have no identity provider \`${options.provider}\``, {
      hint: `they have: ${providers.map(({ id }) => id).join(', ')}`,
    });
  }
  const hasHardwareKey =
    provider.type === 'oidc' && amr.some((value) => provider.hardwareKey.amr.includes(value));
  const { email = null } = options;
  const isOutside = email !== null && !speaksFor(provider, email);
  const unsettled: Unsettled = {
    ...groupsUnsettled,
    email: isOutside ? 'email-outside-provider' : null,
    groups: options.groups === undefined ? null : 'not-known',
  };
  return {
    sub: email ?? 'somebody',
    email: isOutside ? null : email,
    name: null,
    groups: options.group ?? [],
    claims: {},
    idp: provider.id,
    amr,
    acr: null,
    authTimeMs: nowMs,
    hardwareKey: hasHardwareKey ? { usedAtMs: nowMs, aaguid: null } : null,
    ...(isOutside || options.groups !== undefined ? { unsettled } : {}),
  };
}
