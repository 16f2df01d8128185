// What a person reads when a login cannot go on: one row a problem, what happened and what to do.
import type { LoginProblem } from '../identity/login/login-step.ts';
import type { IconName } from '../ui/icons.ts';

export interface ProblemText {
  readonly title: string;
  readonly text: string;
  /** The one button's words. */
  readonly button: string;
  readonly tone: 'calm' | 'warn' | 'stop';
  readonly icon: IconName;
}

export const problemTexts: Readonly<Record<LoginProblem, ProblemText>> = {
  'bad-request': {
    title: 'This login link does not work',
    text: 'The address is incomplete or was changed on its way. Start again from the page that you wanted to see.',
    button: 'Start again',
    tone: 'warn',
    icon: 'compass',
  },
  'unknown-provider': {
    title: 'This way to log in is gone',
    text: 'The login service in this link is not in use here any more. You can pick another one.',
    button: 'See how to log in',
    tone: 'warn',
    icon: 'compass',
  },
  expired: {
    title: 'This login ran out',
    text: 'A login has to be finished within a few minutes, and this one was not. Nothing is lost: just log in again.',
    button: 'Log in again',
    tone: 'calm',
    icon: 'clock',
  },
  'already-used': {
    title: 'This login was already used',
    text: 'Each login link works once. This happens with the back button, or when a page is loaded again. You may well be logged in already.',
    button: 'Continue',
    tone: 'calm',
    icon: 'check',
  },
  'other-browser': {
    title: 'This login began somewhere else',
    text: 'It was started in another browser, or this browser did not keep its cookie. To protect you, it cannot be finished here. Start again, and allow cookies for this site.',
    button: 'Log in here',
    tone: 'warn',
    icon: 'hand',
  },
  'other-person': {
    title: 'That was another account',
    text: 'The token is for who is logged in here, and your login service sent somebody else. Nothing was made. Choose the same account there.',
    button: 'Back to your tokens',
    tone: 'warn',
    icon: 'key',
  },
  'refused-by-provider': {
    title: 'The login was not completed',
    text: 'The login service said no, or you went back before you were done. You can try again, or choose another account there.',
    button: 'Try again',
    tone: 'warn',
    icon: 'door',
  },
  'provider-unavailable': {
    title: 'The login service does not answer',
    text: 'So nobody can log in right now. Whoever is logged in already can carry on. Please try again in a moment.',
    button: 'Try again',
    tone: 'warn',
    icon: 'cloud',
  },
  'provider-answer-invalid': {
    title: 'We could not verify this login',
    text: 'What the login service sent did not pass our checks, so nobody was logged in. If trying again does not help, tell whoever runs this service the request number below.',
    button: 'Try again',
    tone: 'stop',
    icon: 'hand',
  },
  'hardware-key-not-confirmed': {
    title: 'No security key was used',
    text: 'The page that you want to see asks for a security key, and the login service did not confirm that you used one. Try again and choose the key when you are asked.',
    button: 'Try again with my key',
    tone: 'warn',
    icon: 'key',
  },
  'fresh-login-not-confirmed': {
    title: 'We need a fresh login',
    text: 'The page that you want to see asks for a recent login, but the login service let you through without asking again. Log out there, then try again.',
    button: 'Try again',
    tone: 'warn',
    icon: 'clock',
  },
  'too-many-tries': {
    title: 'Please wait a little',
    text: 'There were many attempts to log in from where you are, so no more are taken for ten minutes. That has nothing to do with your address. Your newest code holds until then.',
    button: 'Go back',
    tone: 'warn',
    icon: 'clock',
  },
  'logout-expired': {
    title: 'Nobody was logged out',
    text: 'The question whether to log out is good for ten minutes, and this one is older or its address is incomplete. Nothing has changed yet.',
    button: 'Start again',
    tone: 'warn',
    icon: 'clock',
  },
  'person-blocked': {
    title: 'This account cannot log in here',
    text: 'Whoever runs this service has closed it for this account. If you think that is a mistake, ask them, and tell them the request number below.',
    button: 'Log in as someone else',
    tone: 'stop',
    icon: 'hand',
  },
  'too-many-failures': {
    title: 'Please wait a minute',
    text: 'Many logins from where you are, or with this login service, came to nothing, so this one was not finished. Nothing is wrong with your account.',
    button: 'Try again',
    tone: 'warn',
    icon: 'clock',
  },
  'key-answer-invalid': {
    title: 'That key did not answer as it should',
    text: 'Nothing was changed. Try again: put the key in, type its PIN when you are asked, and touch it. If it still does not work, tell whoever runs this service the request number below.',
    button: 'Try again',
    tone: 'warn',
    icon: 'key',
  },
  'key-built-in': {
    title: 'This key is part of your device',
    text: 'What answered was your phone or computer itself. Here a security key of its own is needed: one that you plug in or hold to the device.',
    button: 'Try with another key',
    tone: 'warn',
    icon: 'key',
  },
  'key-not-bound': {
    title: 'This key can be copied',
    text: 'What answered is a passkey that your account backs up to other devices. Here a security key of its own is needed, whose secret never leaves it.',
    button: 'Try with another key',
    tone: 'warn',
    icon: 'key',
  },
  'key-not-known': {
    title: 'This key is not one of yours',
    text: 'The key that answered is not enrolled for the account that you are logged in with. Use one that is, or log in with the account that it belongs to.',
    button: 'Try with another key',
    tone: 'warn',
    icon: 'key',
  },
  'key-copied': {
    title: 'Something is wrong with this key',
    text: 'The key says that it was used less often than we know it was. There may be a copy of it, so it was refused. Please tell whoever runs this service, with the request number below.',
    button: 'Try with another key',
    tone: 'stop',
    icon: 'hand',
  },
  'key-make-refused': {
    title: 'Keys of this make are not taken any more',
    text: 'Its maker or the FIDO Alliance says that keys of this make are not safe. Nothing is wrong with your account; you need another key.',
    button: 'Try with another key',
    tone: 'stop',
    icon: 'hand',
  },
  'key-not-added': {
    title: 'The key was not added',
    text: 'It is enrolled already, or another one was added at the same moment. Have a look at your keys.',
    button: 'See my keys',
    tone: 'warn',
    icon: 'key',
  },
  'key-needed-first': {
    title: 'Use one of your keys first',
    text: 'A key is only removed by somebody who has one of your keys at hand. Use one, then remove the other.',
    button: 'See my keys',
    tone: 'warn',
    icon: 'key',
  },
  'no-key-enrolled': {
    title: 'You have no security key here yet',
    text: 'This page asks for a security key, and none is enrolled for you. Keys are enrolled by invitation: ask whoever runs this service for one.',
    button: 'Go back',
    tone: 'warn',
    icon: 'key',
  },
  'too-many-keys': {
    title: 'You have ten keys already',
    text: 'That is as many as one person can have. Remove one that you do not use any more.',
    button: 'See my keys',
    tone: 'warn',
    icon: 'key',
  },
  'invitation-over': {
    title: 'This invitation is over',
    text: 'An invitation works once, and for a day. If you did not use it yourself, say so to whoever sent it. Otherwise ask for a new one.',
    button: 'See my keys',
    tone: 'warn',
    icon: 'clock',
  },
  'invitation-of-another': {
    title: 'This invitation is for another address',
    text: 'It was made for somebody with another e-mail address than the one that you are logged in with. Log in with that address, or ask for an invitation of your own.',
    button: 'See my keys',
    tone: 'warn',
    icon: 'hand',
  },
  'passkey-answer-invalid': {
    title: 'The passkey did not log you in',
    text: 'What your browser sent is not a good answer of a passkey for this page. Start again; if it happens once more, tell whoever runs this service, with the request number below.',
    button: 'Try again',
    tone: 'warn',
    icon: 'key',
  },
  'passkey-not-known': {
    title: 'This passkey is not known here',
    text: 'It was removed, or made for another site or another time. You can delete it from your phone or password manager. Passkeys are made by invitation: ask whoever runs this service for one.',
    button: 'Try again',
    tone: 'warn',
    icon: 'key',
  },
  'passkey-over': {
    title: 'The time of this passkey is over',
    text: 'It was made for a while. Whoever runs this service can invite you to make a new one.',
    button: 'Try again',
    tone: 'warn',
    icon: 'clock',
  },
  'passkey-invitation-over': {
    title: 'This invitation is over',
    text: 'An invitation works once, and for a day. If you did not use it yourself, say so at once to whoever sent it. Otherwise ask for a new one.',
    button: 'Go to the start page',
    tone: 'warn',
    icon: 'clock',
  },
  'store-unavailable': {
    title: 'Logins are not possible right now',
    text: 'A login cannot be saved at the moment. It is not your fault, and who is logged in goes on. Please try again in a moment.',
    button: 'Try again',
    tone: 'warn',
    icon: 'cloud',
  },
};
