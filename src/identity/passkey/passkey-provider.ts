// Passkeys as a way to log in: whoever an operator invited enrols one, and it says who they are from then on. It proves possession and a
// PIN or a fingerprint, and nothing of hardware: it may be on all devices of its owner.
import type { PasskeyProviderSettings } from '../../settings/settings.ts';
import type { StoredPasskey } from '../../store/passkey-store.ts';
import {
  checkAnswer,
  checkPasskeyCreation,
  keyIdIn,
  type MadeKey,
} from '../hardware-keys/ceremony-answer.ts';
import {
  passkeyCreationOptions,
  type RelyingParty,
  requestOptions,
  userHandleOf,
} from '../hardware-keys/ceremony-options.ts';
import { isInvitationOver } from '../hardware-keys/invitation-time.ts';
import { keyLabel } from '../hardware-keys/key-label.ts';
import type {
  PasskeyInvitation,
  PasskeyMeans,
  PasskeyProblem,
  PasskeyProvider,
  PasskeyRefusal,
  PasskeyVerdict,
  ProviderAnswer,
} from '../identity-provider.ts';
import { speaksFor } from '../speaks-for.ts';
import { openPasskeyInvitation, passkeyInvitationMarker } from './passkey-invitation.ts';

/** How long an answer that was taken is remembered: longer than any question is good for. Milliseconds. */
const rememberedMs = 3_600_000;

export function createPasskeyProvider(settings: PasskeyProviderSettings): PasskeyProvider {
  const rpOf = ({ settings: { authUrl } }: PasskeyMeans): RelyingParty => ({
    id: settings.rpId,
    origin: authUrl,
  });
  const isInvitationGood = async (invitation: PasskeyInvitation, means: PasskeyMeans): Promise<boolean> =>
    speaksFor(settings, invitation.email) &&
    !(await isInvitationOver(means.once, 'passkey', invitation, means.nowMs)) &&
    !(await means.persons.isBlocked(invitation.email));
  const openInvitation = async (text: string, means: PasskeyMeans): Promise<PasskeyInvitation | null> => {
    const { sealer, once, nowMs } = means;
    const invitation = openPasskeyInvitation(sealer, text);
    if (invitation === null || !(await isInvitationGood(invitation, means))) return null;
    return (await once.has(passkeyInvitationMarker(invitation), nowMs)) ? null : invitation;
  };

  return {
    way: 'passkey',
    settings,
    openInvitation,
    loginOptions: (challenge, means) => requestOptions(rpOf(means), challenge, []),
    check: (text, challenge, means) => checkLogin({ settings, rp: rpOf(means) }, text, challenge, means),
    isThere: async ({ id }, { passkeys }) => (await passkeys.findPasskey(id)) !== null,

    creationOptions: async ({ email }, challenge, means) => {
      const known = (await means.passkeys.listPasskeys(email)).map(({ id }) => id);
      const owner = { email, userHandle: handleOf(email) };
      return passkeyCreationOptions(rpOf(means), owner, { challenge, known });
    },

    enrol: async (text, asked, means) => {
      const invitation = await openInvitation(asked.invitation, means);
      if (invitation === null)
        return refuse('passkey-invitation-over', null, 'the invitation is over, or was used');
      const { email } = invitation;
      const verdict = await checkPasskeyCreation(text, rpOf(means), asked.challenge);
      if (!verdict.ok) return refuse('passkey-answer-invalid', email, verdict.cause);
      const marker = passkeyInvitationMarker(invitation);
      if (!(await means.once.mark(marker, invitation.expiresAtMs, means.nowMs)))
        return refuse('passkey-invitation-over', email, 'the invitation was used in this very moment');
      const passkey = passkeyOf(invitation, verdict.made, asked.label, {
        rpId: settings.rpId,
        nowMs: means.nowMs,
      });
      if (!(await means.passkeys.addPasskey(passkey)))
        return refuse('passkey-answer-invalid', email, 'a passkey of this id is enrolled already');
      // Taken back, or the person kept out, while this was under way: whoever did so has not seen this one.
      if (!(await isInvitationGood(invitation, means))) {
        await means.passkeys.removePasskey(passkey.id);
        return refuse('passkey-invitation-over', email, 'the invitation was taken back in this very moment');
      }
      return { ok: true, passkey };
    },

    close: async () => {},
  };
}

/** How an address is called towards passkeys. */
function handleOf(email: string): string {
  return userHandleOf({ idp: 'bouncer-passkey', sub: email });
}

function refuse(problem: PasskeyProblem, email: string | null, cause: string): PasskeyRefusal {
  return { ok: false, problem, email, cause };
}

function passkeyOf(
  { email, endsAtMs, isBreakGlass }: PasskeyInvitation,
  { id, publicKey, signCount, isBackupEligible }: MadeKey,
  label: string,
  { rpId, nowMs }: { readonly rpId: string; readonly nowMs: number },
): StoredPasskey {
  return {
    ...{ id, email, publicKey, signCount, isBackupEligible, isBreakGlass },
    label: keyLabel(label) || 'Passkey',
    rpId,
    createdAtMs: nowMs,
    expiresAtMs: endsAtMs,
    lastUsedMs: null,
  };
}

/** Nothing is written before the signature was found right: strangers make the store keep nothing. */
async function checkLogin(
  { settings, rp }: { readonly settings: PasskeyProviderSettings; readonly rp: RelyingParty },
  text: string,
  challenge: string,
  { passkeys, once, nowMs }: PasskeyMeans,
): Promise<PasskeyVerdict> {
  const id = keyIdIn(text);
  const passkey = id === null ? null : await passkeys.findPasskey(id);
  if (passkey === null) return refuse('passkey-not-known', null, 'no such passkey is enrolled');
  const { email } = passkey;
  const known = { id: passkey.id, publicKey: passkey.publicKey, userHandle: handleOf(email) };
  const verdict = await checkAnswer(text, rp, challenge, known);
  if (!verdict.ok) return refuse('passkey-answer-invalid', email, verdict.cause);
  const { signCount, isBackupEligible, isBackedUp, hasNamedOwner } = verdict.use;
  // W3C Web Authentication section 7.2: who asked for no name must be told one, and what may be copied is so for ever. The other way
  // round is let be: some are made before their keeper knows that it will copy them, and nothing rests on it.
  if (!hasNamedOwner) return refuse('passkey-answer-invalid', email, 'the answer does not say whose it is');
  if ((passkey.isBackupEligible && !isBackupEligible) || (isBackedUp && !isBackupEligible))
    return refuse('passkey-answer-invalid', email, 'it says another thing of copies than at its enrolment');
  if (passkey.expiresAtMs !== null && passkey.expiresAtMs <= nowMs)
    return refuse('passkey-over', email, 'the time of the passkey is over');
  if (!speaksFor(settings, email))
    return refuse('passkey-not-known', email, '`email_domains` keep this provider from its address');
  if (!(await once.mark(`passkey-answer:${challenge}`, nowMs + rememberedMs, nowMs)))
    return refuse('already-used', email, 'the same answer came before');
  // Each copy of one that is copied counts for itself.
  const count = passkey.isBackupEligible ? null : signCount;
  if (!(await passkeys.recordPasskeyUse(passkey.id, count, nowMs)))
    return refuse(
      'passkey-answer-invalid',
      email,
      count === null
        ? 'it was removed in this moment'
        : `its counter stands at ${count} and has been at ${passkey.signCount} or more, or it was removed in this moment`,
    );
  return { ok: true, answer: answerFor(settings, passkey, nowMs), passkey };
}

/** `pop` and `user` (RFC 8176 section 2): a key was there, and a person. Never `hwk`: nobody knows what keeps the key. */
function answerFor(
  { id }: PasskeyProviderSettings,
  { email, expiresAtMs }: StoredPasskey,
  nowMs: number,
): ProviderAnswer {
  return {
    identity: {
      ...{ sub: email, email, name: null, groups: [], claims: {}, idp: id },
      ...{ amr: ['pop', 'user'], acr: null, authTimeMs: nowMs, hardwareKey: null },
    },
    sources: {},
    providerSid: null,
    idToken: null,
    refreshToken: null,
    ...(expiresAtMs === null ? {} : { endsAtMs: expiresAtMs }),
  };
}
