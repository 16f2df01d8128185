// A look at everything outside that settings and rules name, before people need it: providers, upstreams, certificates, mail, the store.
// All at once, each with an end to its wait. It changes nothing and never fails: what does not answer is a finding.
import { lookAtCertificate } from './front/look-at-certificate.ts';
import { authHostOf } from './http/origin-of.ts';
import { looksAtKeys } from './identity/hardware-keys/look-at-keys.ts';
import { createProviders, type Providers } from './identity/providers.ts';
import { lookAtMail } from './mail/look-at-mail.ts';
import type { Application, CompiledRules, UpstreamAddress } from './rules/model/compiled-rules.ts';
import type { Settings } from './settings/settings.ts';
import { deadLook, type Look } from './source/finding.ts';
import { lookAtStore } from './store/look-at-store.ts';
import type { Store } from './store/store.ts';
import { findWayAround, lookAtUpstream } from './upstream/look-at-upstream.ts';

/** The longest that one look may take, milliseconds. */
const lookMs = 15_000;
/** After this no further upstream is looked at, milliseconds. */
const upstreamsMs = 20_000;
const upstreamsAtOnce = 32;

interface Surroundings {
  readonly settings: Settings;
  readonly rules: CompiledRules;
}

/** At the start of a process. @param running its open store, and the providers that people log in by */
export async function lookAroundAtStart(
  parts: Surroundings,
  { providers, store }: { readonly providers: Providers; readonly store: Store },
): Promise<readonly Look[]> {
  const looks = await Promise.all([
    ...providers.looks(parts.rules),
    ...ofMail(parts.settings),
    ...ofCertificate(parts),
    ...looksAtKeys(store, parts.settings).map((look) => inTime('enrolled keys', look)),
  ]);
  return [...looks, ...(await ofUpstreams(parts.rules, lookAtUpstream))];
}

/** From outside of a running bouncer, or before one is started: also what only a person wants to know. */
export async function lookAroundFromOutside(parts: Surroundings): Promise<readonly Look[]> {
  const { settings, rules } = parts;
  const providers = createProviders({
    settings: () => settings,
    telemetry: { event() {} },
    now: Date.now,
    mailbox: null,
  });
  try {
    const [looks, ofApplications] = await Promise.all([
      Promise.all([
        ...providers.looks(rules),
        ...ofMail(settings),
        ...ofCertificate(parts),
        inTime('store', lookAtStore(settings)),
      ]),
      ofUpstreams(rules, lookWithWaysAround),
    ]);
    return [...looks, ...ofApplications];
  } finally {
    await providers.close();
  }
}

/** The look, or that it took too long. What fails in another way than it should is a finding too. */
async function inTime(about: string, look: Promise<Look>): Promise<Look> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Look>((resolve) => {
    const cause = `no answer came within ${lookMs / 1000} s`;
    timer = setTimeout(() => resolve(deadLook(about, 'no-answer', { cause })), lookMs);
  });
  const failed = (error: unknown): Look =>
    deadLook(about, 'look-failed', { cause: error instanceof Error ? error.message : 'unknown' });
  try {
    return await Promise.race([look.catch(failed), late]);
  } finally {
    clearTimeout(timer);
  }
}

function ofMail({ smtp, showsMail, identityProviders }: Settings): readonly Promise<Look>[] {
  const isUsed = identityProviders.some(({ type }) => type === 'email_pin');
  if (smtp === null || showsMail || !isUsed) return [];
  return [inTime('mail server', lookAtMail(smtp, AbortSignal.timeout(lookMs)))];
}

function ofCertificate({ settings, rules }: Surroundings): readonly Promise<Look>[] {
  const { tls } = settings;
  if (tls === null) return [];
  const shared = settings.share === null ? [] : [`*.${settings.share.domain}`];
  const hosts = new Set([
    authHostOf(settings),
    ...rules.applications.flatMap((each) => each.hosts),
    ...shared,
  ]);
  return [Promise.resolve(lookAtCertificate(tls, [...hosts], Date.now()))];
}

/** Every address once, so many at a time. */
async function ofUpstreams(
  { applications }: CompiledRules,
  look: (application: Application, address: UpstreamAddress) => Promise<Look>,
): Promise<readonly Look[]> {
  const wanted = new Map<string, readonly [Application, UpstreamAddress]>();
  for (const application of applications)
    for (const address of addressesOf(application)) {
      const key = JSON.stringify([address.text, application.upstreamOptions]);
      if (!wanted.has(key)) wanted.set(key, [application, address]);
    }
  const waiting = [...wanted.values()];
  const looks: Look[] = [];
  const untilMs = performance.now() + upstreamsMs;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (performance.now() > untilMs) return void waiting.push(next);
      const [application, address] = next;
      looks.push(await inTime(`application \`${application.name}\``, look(application, address)));
    }
  };
  await Promise.all(Array.from({ length: upstreamsAtOnce }, work));
  if (waiting.length === 0) return looks;
  const cause = `${waiting.length} more upstreams were not looked at: the others took too long`;
  return [
    ...looks,
    { about: 'upstreams', seen: null, findings: [{ severity: 'note', code: 'not-looked-at', cause }] },
  ];
}

function addressesOf({ upstreams, areas }: Application): readonly UpstreamAddress[] {
  return [...upstreams, ...areas.flatMap((area) => area.upstreams ?? [])];
}

async function lookWithWaysAround(application: Application, address: UpstreamAddress): Promise<Look> {
  const [look, around] = await Promise.all([
    lookAtUpstream(application, address),
    findWayAround(application, address),
  ]);
  return around === null ? look : { ...look, findings: [...look.findings, around] };
}
