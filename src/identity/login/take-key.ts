// `POST /.bouncer/hardware-key` on `auth_url`: the answer of a key, or the removal of one. A use becomes a fact of the login it was begun
// in, and of no other; every token of that login is replaced with it.
import type { OwnKeyUse } from '../../rules/model/facts.ts';
import type { HardwareKeySettings } from '../../settings/settings.ts';
import type { StoredHardwareKey } from '../../store/hardware-key-store.ts';
import type { StoredHostToken, StoredLogin } from '../../store/session-store.ts';
import { checkCreation, checkUse, keyIdIn, type MadeKey } from '../hardware-keys/ceremony-answer.ts';
import { type Invitation, invitationMarker, openInvitation } from '../hardware-keys/invitation.ts';
import { isInvitationOver } from '../hardware-keys/invitation-time.ts';
import { keyLabel } from '../hardware-keys/key-label.ts';
import { keyLogId } from '../hardware-keys/operator-acts.ts';
import { makeNow, rootOfMake } from '../hardware-keys/prove-make.ts';
import { createToken, hashToken, logIdOf } from '../opaque-token.ts';
import type { Session } from '../sessions/session.ts';
import { locationAfter } from './handoff.ts';
import { isCeremonyOver, type KeyCeremony, openCeremony } from './key-ceremony.ts';
import { judgeEnrolment, mostKeys } from './key-permission.ts';
import { keyPath } from './key-step-up.ts';
import { fail, type Turn, tellOwner } from './key-turn.ts';
import { endUrl, type LoginContext, problemStep, sessionCookie, visitFields } from './login-context.ts';
import type { LoginStep, Visit } from './login-step.ts';
import { removeKey } from './remove-key.ts';
import { relyingParty } from './show-keys.ts';

type Form = Readonly<Record<string, unknown>>;

function textIn(form: Form, name: string): string {
  const value = form[name];
  return typeof value === 'string' ? value : '';
}

/** @param form untrusted @throws BouncerError `store_unavailable` */
export async function takeKeyForm(
  parts: LoginContext,
  visit: Visit,
  settings: HardwareKeySettings,
  form: Form | null,
): Promise<LoginStep> {
  const { session } = visit;
  if (form === null) return problemStep('bad-request', keyPath);
  // Its login ended since: whatever it was to be a fact of is gone.
  if (session === null) return problemStep('other-browser', keyPath);
  // Its provider wants to see the person before anything goes on.
  if (session.mustAskPerson) return { kind: 'redirect', location: keyPath, setCookies: [] };
  const turn: Turn = { visit, session, settings };
  if (form['remove'] !== undefined) return removeKey(parts, turn, textIn(form, 'remove'));
  const ceremony = openCeremony(parts, textIn(form, 'ceremony'));
  if (ceremony === null) return fail(parts, turn, 'bad-request');
  const wayOn = wayOnOf(parts, ceremony);
  if (ceremony.loginId !== session.id) return fail(parts, turn, 'other-browser', { wayOn });
  if (isCeremonyOver(ceremony, visit.nowMs)) return fail(parts, turn, 'key-question-over', { wayOn });
  const marker = `hardware-key:${ceremony.id}`;
  if (!(await parts.store.once.mark(marker, ceremony.expiresAtMs, visit.nowMs))) {
    const { request } = ceremony;
    return fail(parts, turn, 'already-used', {
      wayOn: request === null ? keyPath : endUrl(parts.settings, request.end),
    });
  }
  const answer = textIn(form, 'answer');
  return ceremony.does === 'use'
    ? useKey(parts, turn, ceremony, answer)
    : enrolKey(parts, turn, ceremony, { answer, label: textIn(form, 'label') });
}

/** To the same page again: with another key, or with an answer that comes in time. */
function wayOnOf(parts: LoginContext, { request, does, isForAnother, invitation }: KeyCeremony): string {
  if (request !== null) return endUrl(parts.settings, request.end);
  if (invitation !== null) return `${keyPath}?${new URLSearchParams({ invitation })}`;
  return does === 'enrol' || isForAnother ? `${keyPath}?add=1` : `${keyPath}?use=1`;
}

async function useKey(
  parts: LoginContext,
  turn: Turn,
  ceremony: KeyCeremony,
  answer: string,
): Promise<LoginStep> {
  const { session, settings } = turn;
  const { hardwareKeys } = parts.store;
  const wayOn = wayOnOf(parts, ceremony);
  const id = keyIdIn(answer);
  const key = id === null ? null : await hardwareKeys.findKey(id);
  const { idp, sub } = session.identity;
  if (key === null || key.idp !== idp || key.sub !== sub)
    return fail(parts, turn, 'key-not-known', { wayOn, cause: 'the key is none of this person’s' });
  const verdict = await checkUse(answer, relyingParty(parts, settings), ceremony.challenge, key);
  if (!verdict.ok) return fail(parts, turn, verdict.fault, { wayOn, cause: verdict.cause });
  const make = makeNow(key, settings.trust);
  if (make.badStatus !== null)
    return fail(parts, turn, 'key-make-refused', { wayOn, cause: `its make is \`${make.badStatus}\`` });
  const usedAtMs = parts.store.now();
  if (!(await hardwareKeys.recordUse(key.id, verdict.signCount, usedAtMs))) {
    // Removed in this very moment: nobody copied it.
    if ((await hardwareKeys.findKey(key.id)) === null) return fail(parts, turn, 'key-not-known', { wayOn });
    tellOfCopy(parts, turn, key);
    return fail(parts, turn, 'key-copied', {
      wayOn,
      cause: `its counter stands at ${verdict.signCount} and has been at ${key.signCount} or more`,
    });
  }
  return goOn(parts, turn, ceremony, { use: { usedAtMs, aaguid: make.aaguid }, key });
}

/** Two keys with one secret, or one whose use was recorded and never answered (W3C Web Authentication section 6.1.1). */
function tellOfCopy(parts: LoginContext, { visit, session }: Turn, key: StoredHardwareKey): void {
  const { sub, email } = session.identity;
  parts.telemetry.event('hardware_key_copied', {
    ...visitFields(visit),
    ...{ sub, email, session: session.logId, key: keyLogId(key) },
  });
}

/** The login has the fact from here on, under new tokens. */
async function goOn(
  parts: LoginContext,
  turn: Turn,
  ceremony: KeyCeremony,
  { use, key }: { readonly use: OwnKeyUse; readonly key: StoredHardwareKey },
): Promise<LoginStep> {
  const { visit, session } = turn;
  const token = createToken();
  const hostToken = { hash: hashToken(token), host: visit.host, createdAtMs: visit.nowMs };
  const login = await upgradeLogin(parts, session.id, hostToken, use);
  if (login === null) return fail(parts, turn, 'other-browser', { wayOn: wayOnOf(parts, ceremony) });
  const { idp: provider, sub, email, amr } = login.identity;
  parts.telemetry.event('step_up', {
    ...visitFields(visit),
    ...{ provider, sub, email, session: logIdOf(login.id), amr, key: keyLogId(key) },
  });
  return {
    kind: 'redirect',
    location: await locationAfterCeremony(parts, ceremony, login.id, visit.nowMs),
    setCookies: [sessionCookie(parts.settings, token, login.expiresAtMs, visit.nowMs)],
  };
}

/** From what the login is at that moment: a check with its provider may be changing it. @returns `null` when it ended meanwhile */
async function upgradeLogin(
  { store }: LoginContext,
  id: string,
  token: StoredHostToken,
  ownKey: OwnKeyUse,
): Promise<StoredLogin | null> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const login = await store.sessions.findLogin(id);
    if (login === null) return null;
    const change = { ...login, identity: { ...login.identity, ownKey } };
    if (await store.sessions.upgradeLogin(id, change, token, login.revision)) return login;
  }
  return null;
}

async function locationAfterCeremony(
  parts: LoginContext,
  { request, does, isForAnother }: KeyCeremony,
  loginId: string,
  nowMs: number,
): Promise<string> {
  if (does === 'enrol' && request === null) return `${keyPath}?done=enrolled`;
  if (isForAnother) return `${keyPath}?add=1`;
  return request === null ? keyPath : locationAfter(parts, loginId, request, nowMs);
}

async function enrolKey(
  parts: LoginContext,
  turn: Turn,
  ceremony: KeyCeremony,
  { answer, label }: { readonly answer: string; readonly label: string },
): Promise<LoginStep> {
  const { session, settings } = turn;
  const { idp, sub } = session.identity;
  const wayOn = wayOnOf(parts, ceremony);
  const keys = await parts.store.hardwareKeys.keysOf(idp, sub);
  const { invitation } = ceremony;
  // Once more: what was true when the page was shown need not be true now.
  if ((await judgeEnrolment(parts, session, settings, { keys, invitation })) !== 'granted')
    return { kind: 'redirect', location: wayOn, setCookies: [] };
  const verdict = await checkCreation(answer, relyingParty(parts, settings), ceremony.challenge);
  if (!verdict.ok) return fail(parts, turn, verdict.fault, { wayOn, cause: verdict.cause });
  const key = keyOf(turn, verdict.made, label, parts.store.now());
  const make = makeNow(key, settings.trust);
  if (make.badStatus !== null)
    return fail(parts, turn, 'key-make-refused', { wayOn, cause: `its make is \`${make.badStatus}\`` });
  const opened = invitation === null || keys.length > 0 ? null : openInvitation(parts.sealer, invitation);
  const nowMs = parts.store.now();
  if (opened !== null && !(await parts.store.once.mark(invitationMarker(opened), opened.expiresAtMs, nowMs)))
    return fail(parts, turn, 'invitation-over', { wayOn });
  if (!(await parts.store.hardwareKeys.addKey(key, keys.length === 0 ? 1 : mostKeys)))
    return fail(parts, turn, 'key-not-added', { wayOn });
  if (!(await stillStands(parts, session, opened))) {
    await parts.store.hardwareKeys.removeKey(idp, sub, key.id);
    return fail(parts, turn, 'other-browser', {
      wayOn,
      cause: 'the login or the invitation ended in this moment',
    });
  }
  tellOwner(parts, turn, 'hardware_key_enrolled', key);
  const use: OwnKeyUse = { usedAtMs: key.createdAtMs, aaguid: make.aaguid };
  return goOn(parts, turn, ceremony, { use, key });
}

/** Whoever ended the login, or took back the invitation, while a key was enrolled by them has not seen that key. */
async function stillStands(
  { store }: LoginContext,
  { id }: Session,
  invitation: Invitation | null,
): Promise<boolean> {
  if ((await store.sessions.findLogin(id)) === null) return false;
  return (
    invitation === null || !(await isInvitationOver(store.once, 'hardware-key', invitation, store.now()))
  );
}

function keyOf({ session, settings }: Turn, made: MadeKey, label: string, nowMs: number): StoredHardwareKey {
  const { idp, sub, email } = session.identity;
  const { id, publicKey, signCount, aaguid, transports, certificates } = made;
  const name = makeNow({ aaguid, attestedBy: null }, settings.trust).name;
  return {
    ...{ id, idp, sub, email, publicKey, signCount, aaguid, transports },
    label: keyLabel(label) || (name ?? 'Security key'),
    rpId: settings.rpId,
    attestedBy: rootOfMake(aaguid, certificates, settings.trust, nowMs),
    createdAtMs: nowMs,
    lastUsedMs: null,
  };
}
