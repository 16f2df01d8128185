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
  'store-unavailable': {
    title: 'Logins are not possible right now',
    text: 'Your login could not be saved. It is not your fault. Please try again in a moment.',
    button: 'Try again',
    tone: 'warn',
    icon: 'cloud',
  },
};
