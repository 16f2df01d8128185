// The identity providers of the settings as they are now; one whose settings did not change lives on through a reload.

import { type Letter, renderLetter } from '../mail/letter.ts';
import type { Mailbox } from '../mail/mailbox.ts';
import { createMailer, type Mailer } from '../mail/mailer.ts';
import type { CompiledRules } from '../rules/model/compiled-rules.ts';
import { canMail } from '../settings/can-mail.ts';
import type { IdentityProviderSettings, Settings } from '../settings/settings.ts';
import type { Look } from '../source/finding.ts';
import { causeOf } from '../telemetry/cause-of.ts';
import type { Telemetry } from '../telemetry/request-record.ts';
import { createEmailPinProvider } from './email-pin/email-pin-provider.ts';
import { createGithubProvider } from './github/github-provider.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { redirectUriOf } from './login/redirect-uri.ts';
import { createOidcProvider } from './oidc/oidc-provider.ts';
import { createPasskeyProvider } from './passkey/passkey-provider.ts';

export interface Providers {
  find(id: string): IdentityProvider | null;
  all(): readonly IdentityProvider[];
  /** Queues a letter that belongs to no login, where mail has a way out. What becomes of it the log tells. */
  tellByMail(letter: Letter): void;
  /** A look at each that people are sent to, all at once. Never rejects. */
  looks(rules: Pick<CompiledRules, 'asksAbout'>): readonly Promise<Look>[];
  close(): Promise<void>;
}

/** How long a letter that belongs to no login is worth something, milliseconds. */
const letterTimeMs = 3_600_000;

export interface ProvidersParts {
  readonly settings: () => Settings;
  readonly telemetry: Pick<Telemetry, 'event'>;
  /** Milliseconds; for cool-downs and the age of metadata. */
  readonly now: () => number;
  /** Takes all mail in place of the mail server; not closed here. `null`: mail is sent. */
  readonly mailbox: Mailbox | null;
}

/** Tells when the provider stops (why) or starts (`null`) to answer. */
function reporter({ telemetry }: ProvidersParts, provider: string): (failure: Error | null) => void {
  return (failure) => {
    if (failure === null) telemetry.event('provider_reachable', { provider });
    else telemetry.event('provider_unreachable', { provider, ...causeOf(failure) });
  };
}

/** One queue of mail, which outlives changes of the settings. */
function createProviderMailer(parts: ProvidersParts): Mailer {
  return createMailer({
    smtp: () => parts.settings().smtp,
    now: parts.now,
    onReachable: (failure) => {
      // Whose logins fail without mail; where there are none, the mail server is told of itself.
      const { identityProviders } = parts.settings();
      const provider = identityProviders.find(({ type }) => type === 'email_pin')?.id ?? 'smtp';
      if (failure === null) return parts.telemetry.event('provider_reachable', { provider });
      const { cause, hint } = failure;
      const fields = hint === null ? { provider, cause } : { provider, cause, hint };
      parts.telemetry.event('provider_unreachable', fields);
    },
  });
}

/** @param mailer asked for by the first that sends codes */
function createProvider(
  parts: ProvidersParts,
  settings: IdentityProviderSettings,
  mailer: () => Mailer,
): IdentityProvider {
  const { now } = parts;
  switch (settings.type) {
    case 'oidc':
      return createOidcProvider({ settings, now, onReachable: reporter(parts, settings.id) });
    case 'github':
      return createGithubProvider({
        ...{ settings, now, onReachable: reporter(parts, settings.id) },
        onNamesake: (namesake) =>
          parts.telemetry.event('organization_renamed', { provider: settings.id, ...namesake }),
      });
    case 'email_pin':
      return createEmailPinProvider(settings, mailer());
    case 'passkey':
      return createPasskeyProvider(settings);
    default:
      return settings satisfies never;
  }
}

function postLetter({ telemetry, now, settings }: ProvidersParts, mailer: Mailer, letter: Letter): void {
  const { subject } = letter;
  const lost = (cause: string): void => telemetry.event('mail_lost', { subject, cause });
  // A lane a reader: who lets many letters be written to one address takes no turn from others.
  const posting = { untilMs: now() + letterTimeMs, lane: `letter:${letter.to}`, isForStranger: false };
  const isQueued = mailer.post(renderLetter(letter, settings().branding), posting, (end) => {
    if (end.kind !== 'accepted') lost(end.cause);
  });
  if (!isQueued) lost('too much mail waits already');
}

export function createProviders(parts: ProvidersParts): Providers {
  let seen: Settings | null = null;
  let providers = new Map<string, IdentityProvider>();
  let mailer: Mailer | null = null;

  const mailerNow = (): Mailer => {
    if (parts.mailbox !== null) return parts.mailbox;
    mailer ??= createProviderMailer(parts);
    return mailer;
  };

  const current = (): ReadonlyMap<string, IdentityProvider> => {
    const settings = parts.settings();
    if (settings === seen) return providers;
    const next = new Map<string, IdentityProvider>();
    for (const wanted of settings.identityProviders) {
      const known = providers.get(wanted.id);
      const isSame = known !== undefined && JSON.stringify(known.settings) === JSON.stringify(wanted);
      next.set(wanted.id, isSame ? known : createProvider(parts, wanted, mailerNow));
    }
    // One that is gone finishes what it is asking and is dropped: closing it would break logins that are under way.
    providers = next;
    seen = settings;
    return providers;
  };

  return {
    find: (id) => current().get(id) ?? null,
    all: () => [...current().values()],
    tellByMail: (letter) => {
      if (canMail(parts.settings())) postLetter(parts, mailerNow(), letter);
    },
    looks: ({ asksAbout }) => {
      const { authUrl } = parts.settings();
      const asksAboutGroups = asksAbout.has('group');
      return [...current()].flatMap(([id, provider]) =>
        provider.way === 'redirect'
          ? [provider.look({ redirectUri: redirectUriOf(authUrl, id), asksAboutGroups })]
          : [],
      );
    },
    close: async () => {
      await Promise.all([...providers.values()].map((provider) => provider.close()));
      await mailer?.close();
    },
  };
}
