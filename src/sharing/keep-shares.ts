// Begins and ends shares. A share is a tunnel of its own for one connector, whose key its sharer made, and an application that lets in the
// people named: it has no way that an operator's tunnel does not have.

import { originOf } from '../http/origin-of.ts';
import { shareHost } from '../http/share-name.ts';
import { needsOf } from '../identity/login/login-needs.ts';
import { takesMail } from '../identity/login-letter.ts';
import { hashToken } from '../identity/opaque-token.ts';
import type { Letter } from '../mail/letter.ts';
import { canMail } from '../settings/can-mail.ts';
import type { ShareSettings } from '../settings/settings.ts';
import type { Store } from '../store/store.ts';
import type { StoredShare } from '../store/tunnel-store.ts';
import { connectorIdOf } from '../tunnel/edge/tunnel-register.ts';
import { pinsOf, readEdgeKeys } from '../tunnel/wire/edge-keys.ts';
import { shareLetter } from './share-letter.ts';
import { decideSharing, ShareWatch, type ShareWatchParts } from './share-watch.ts';
import { createShareName } from './share-words.ts';
import type { BegunShare, ShareOrder, ShareRefusal, Sharer, Shares } from './shares.ts';

const dayMs = 86_400_000;
/** A name is not given out again for so long after its share, milliseconds. */
const nameRestsMs = 30 * dayMs;
/** Letters of one sharer in a day, and shares that they may begin in one. */
const lettersADay = 20;
const beginningsADay = 100;
/** Of all people together, at a time. */
const mostAtAll = 1_000;

export interface ShareKeeperParts extends ShareWatchParts {
  readonly store: Pick<Store, 'tunnels' | 'once' | 'secrets' | 'now'>;
  readonly tellByMail: (letter: Letter) => void;
}

export interface ShareKeeper extends Shares {
  /** @throws BouncerError `store_unavailable` */
  start(): Promise<void>;
  close(): void;
}

export function createShareKeeper(parts: ShareKeeperParts): ShareKeeper {
  const watch = new ShareWatch(parts);
  return {
    start: () => watch.start(),
    close: () => watch.close(),
    begin: (sharer, order, nowMs) => begin(parts, watch, sharer, { order, nowMs }),
    async end({ session }, name) {
      await watch.refresh();
      const { idp, sub } = session.identity;
      const share = watch.shares.find((one) => one.name === name && one.idp === idp && one.sub === sub);
      if (share === undefined) return false;
      await watch.remove(share, 'asked');
      await watch.refresh();
      return true;
    },
  };
}

interface Beginning {
  readonly order: ShareOrder;
  readonly nowMs: number;
}

async function begin(
  parts: ShareKeeperParts,
  watch: ShareWatch,
  sharer: Sharer,
  { order, nowMs }: Beginning,
): Promise<BegunShare | ShareRefusal> {
  const refusal = await refusalOf(parts, watch, sharer, nowMs);
  if (refusal !== null) {
    const { session, ip } = sharer;
    const { sub, email } = session.identity;
    const fields = { reason: refusal.kind, sub, email, session: session.logId, ip };
    if (refusal.kind === 'denied' || refusal.kind === 'too-many')
      parts.telemetry.event('share_refused', fields);
    return refusal;
  }
  const { share: settings } = parts.settings();
  if (settings === null) return { kind: 'off' };
  const share = storedShare(sharer, order, settings, nowMs);
  const name = await keep(parts, watch, { share, order, most: settings.maxPerPerson });
  if (name === null) return { kind: 'too-many', most: settings.maxPerPerson };
  const host = shareHost(name, settings.domain);
  tell(parts, sharer, { share, host, name });
  const pins = pinsOf(await readEdgeKeys(parts.store.secrets));
  const addresses = parts.settings().tunnel?.addresses ?? [];
  const mailed = order.letters === 'none' ? [] : await mail(parts, sharer, { share, host });
  return { kind: 'begun', name, host, expiresAtMs: share.expiresAtMs, addresses, pins, mailed };
}

async function refusalOf(
  { settings, sharing, store }: ShareKeeperParts,
  watch: ShareWatch,
  { session, ip, country }: Sharer,
  nowMs: number,
): Promise<ShareRefusal | null> {
  const { share } = settings();
  const rules = sharing();
  if (share === null || rules === null) return { kind: 'off' };
  const decision = decideSharing(rules, { identity: session.identity, ip, country }, nowMs);
  if (decision.outcome === 'step_up') return { kind: 'step-up', needs: needsOf(decision.missing) };
  if (decision.outcome !== 'allow') return { kind: 'denied' };
  await watch.refresh();
  if (ownOf(watch, session.identity).length >= share.maxPerPerson)
    return { kind: 'too-many', most: share.maxPerPerson };
  if (watch.shares.length >= mostAtAll) return { kind: 'too-many', most: null };
  const key = budgetKey('share-begin', session.identity);
  const isWithin = await store.once.spend(key, beginningsADay, nowMs + dayMs, nowMs);
  return isWithin ? null : { kind: 'too-many', most: null };
}

interface Person {
  readonly idp: string;
  readonly sub: string;
}

function budgetKey(what: string, { idp, sub }: Person): string {
  return `${what}:${hashToken(JSON.stringify([idp, sub]))}`;
}

function ownOf({ shares }: ShareWatch, { idp, sub }: Person): ShareWatch['shares'] {
  return shares.filter((share) => share.idp === idp && share.sub === sub);
}

function storedShare(
  { session, tokenHash, ip, country }: Sharer,
  { emails, port, forMs }: ShareOrder,
  { domain, maxDurationMs }: ShareSettings,
  nowMs: number,
): StoredShare {
  const { idp, sub, email } = session.identity;
  const expiresAtMs = Math.min(nowMs + Math.min(forMs ?? maxDurationMs, maxDurationMs), session.expiresAtMs);
  return { domain, emails, port, expiresAtMs, idp, sub, email, tokenHash, ip, country };
}

interface Kept {
  readonly share: StoredShare;
  readonly order: ShareOrder;
  /** That the sharer may have at a time. */
  readonly most: number;
}

/** @returns its name; `null`: the sharer had as many by then, or came with a key that was used before */
async function keep(
  { store }: ShareKeeperParts,
  watch: ShareWatch,
  { share, order, most }: Kept,
): Promise<string | null> {
  const nowMs = store.now();
  const name = await freshName(store, share.expiresAtMs, nowMs);
  if (!(await store.tunnels.createTunnel({ name, createdAtMs: nowMs, share }))) return null;
  const publicKey = order.connectorKey;
  const isKept = await store.tunnels.addConnector({
    ...{ id: connectorIdOf(publicKey), tunnel: name, publicKey, tokenKey: '' },
    ...{ joinedAtMs: nowMs, lastSeenMs: nowMs, isPassing: false, isDrained: false },
  });
  await watch.refresh();
  // Of those that were begun at a time the oldest stay.
  const own = ownOf(watch, share).toSorted(
    (a, b) => a.createdAtMs - b.createdAtMs || (a.name < b.name ? -1 : 1),
  );
  if (isKept && own.findIndex((one) => one.name === name) < most) return name;
  await store.tunnels.removeTunnel(name);
  await watch.refresh();
  return null;
}

/** One that nobody had lately: people still have its address. */
async function freshName({ once }: Pick<Store, 'once'>, expiresAtMs: number, nowMs: number): Promise<string> {
  for (;;) {
    const name = createShareName();
    if (await once.mark(`share-name:${name}`, expiresAtMs + nameRestsMs, nowMs)) return name;
  }
}

interface Told {
  readonly share: StoredShare;
  readonly host: string;
  readonly name: string;
}

function tell({ telemetry }: ShareKeeperParts, { session, ip }: Sharer, { share, host, name }: Told): void {
  const { sub, email } = session.identity;
  telemetry.event('share_begun', {
    ...{ share: name, host, sub, email, session: session.logId, ip, with: share.emails },
    until: new Date(share.expiresAtMs).toISOString(),
  });
}

/** @returns whom a letter goes to */
async function mail(
  { settings, store, tellByMail }: ShareKeeperParts,
  { session, language }: Sharer,
  { share, host }: Omit<Told, 'name'>,
): Promise<readonly string[]> {
  const { authUrl } = settings();
  if (!canMail(settings())) return [];
  const { identity } = session;
  const mailed: string[] = [];
  const nowMs = store.now();
  for (const to of share.emails) {
    if (to === identity.email || !takesMail(to)) continue;
    const key = budgetKey('share-letter', identity);
    if (!(await store.once.spend(key, lettersADay, nowMs + dayMs, nowMs))) break;
    const url = `${originOf(settings(), host)}/`;
    tellByMail(
      shareLetter({ to, by: identity.email, language, url, authUrl, expiresAtMs: share.expiresAtMs }),
    );
    mailed.push(to);
  }
  return mailed;
}
