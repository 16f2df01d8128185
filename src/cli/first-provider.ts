// What `bouncer init` writes about a provider: its entry in the settings, with what it is known to do otherwise than people expect as
// comments that can be taken in. Whether an address counts that the provider did not verify stays for a person to say.
import { type ProviderKind, presetOf, providerKinds } from '../settings/provider-presets.ts';

export type FirstProviderKind = ProviderKind | 'github' | 'email_pin';

/** Every kind that `--provider` takes. */
export const firstProviderKinds: readonly FirstProviderKind[] = [...providerKinds, 'github', 'email_pin'];

/** What people call it. */
export function labelOf(kind: FirstProviderKind): string {
  if (kind === 'github') return 'GitHub';
  return kind === 'email_pin' ? 'your mail server' : (presetOf(kind)?.label ?? 'your provider');
}

/** The form of an issuer that has to be said; `null`: all of its customers share one, or it has none. */
export function issuerFormOf(kind: FirstProviderKind): string | null {
  if (kind === 'github' || kind === 'email_pin') return null;
  const preset = presetOf(kind);
  if (preset === null) return '';
  return 'form' in preset.issuer ? preset.issuer.form : null;
}

/** Of whom a look at docs/providers.md is worth it before the first login: what to say there, one line each. */
interface Habit {
  readonly why: string;
  readonly lines: readonly string[];
}

const absentGroups: Habit = {
  why: 'Who is in no group has no such claim, which otherwise counts as not known.',
  lines: ['groups_missing: none'],
};

function unverified(name: string, what: string, word: 'if_absent' | 'ignored', domains: string): Habit {
  return {
    why: `${name} ${what}, so nobody’s address counts until you say for which domains of yours it speaks.`,
    lines: [`email_domains: [${domains}]`, `email_verified: ${word}`],
  };
}

/** @param domains those whose people are let in, which may be the provider's own */
function habitsOf(kind: FirstProviderKind, domains: readonly string[]): readonly Habit[] {
  const own = domains.length === 0 ? 'example.com' : domains.join(', ');
  switch (kind) {
    case 'entra':
      return [
        unverified('Entra ID', 'says of no address that it verified it', 'if_absent', own),
        absentGroups,
      ];
    case 'authentik':
      return [
        unverified('Authentik', 'says of every address that it is not verified', 'ignored', own),
        {
          why: 'Without rechecks who leaves stays logged in: add the scope here and at the provider.',
          lines: ['scopes: [openid, email, profile, offline_access]'],
        },
      ];
    case 'okta':
    case 'zitadel':
    case 'cognito':
      return [absentGroups];
    case 'auth0':
      return [
        {
          why: 'Groups come by an action of yours, under a name like this.',
          lines: ['groups_claim: ["https://example.com/groups"]'],
        },
      ];
    case 'gitlab':
      return [
        {
          why: 'On gitlab.com anybody makes groups: which ones count?',
          lines: ['groups: { only: [acme, acme/*] }'],
        },
      ];
    case 'github':
      return [
        {
          why: 'Which organisations are groups? Without any, nobody is in one.',
          lines: ['organizations: [acme]'],
        },
      ];
    default:
      return [];
  }
}

/** Comments for the end of the entry, indented as it is; empty where there is nothing to say. */
export function habitComments(kind: FirstProviderKind, domains: readonly string[]): string {
  return habitsOf(kind, domains)
    .map(({ why, lines }) => `    # ${why}\n${lines.map((line) => `    # ${line}\n`).join('')}`)
    .join('');
}

/** Whether nobody's address counts before the settings say more. */
export function vouchesForNobody(kind: FirstProviderKind): boolean {
  return kind === 'entra' || kind === 'authentik';
}
