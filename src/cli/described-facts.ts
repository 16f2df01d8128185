// A request as the command line describes it: who asks, from where, when. Believes what it is told, as it decides nothing.
import { BouncerError } from '../bouncer-error.ts';
import { speaksFor } from '../identity/speaks-for.ts';
import { type Facts, groupsUnsettled, type Identity, type Unsettled } from '../rules/model/facts.ts';
import type { Settings } from '../settings/settings.ts';

export interface PersonOptions {
  readonly email?: string;
  readonly group?: readonly string[];
  /** Beside `group`, or without any: further groups are possible. */
  readonly groups?: 'unsettled';
  readonly provider?: string;
  readonly serviceToken?: string;
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
    ip: options.ip ?? null,
    country: options.country ?? null,
    method: options.method?.toUpperCase() ?? 'GET',
    nowMs,
  };
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
