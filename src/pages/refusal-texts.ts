// What a person reads when the gateway did not let a request through: one row a reason, plain words, nothing of the inside.
import type { IconName } from './icons.ts';

export interface RefusalText {
  readonly title: string;
  readonly text: string;
  readonly tone: 'calm' | 'warn' | 'stop';
  readonly icon: IconName;
}

/** By reason id: the decision's, the gate's, or a failure's code. */
const byReason: Readonly<Record<string, RefusalText>> = {
  'no-policy-matched': {
    title: 'You do not have access',
    text: 'Your account has not been given access to this.',
    tone: 'stop',
    icon: 'hand',
  },
  'policy-denied': {
    title: 'You do not have access',
    text: 'A rule of this application says no to this request.',
    tone: 'stop',
    icon: 'hand',
  },
  'decision-error': {
    title: 'We could not check your access',
    text: 'Something went wrong while your access was checked, so nobody was let in. Please try again.',
    tone: 'stop',
    icon: 'cloud',
  },
  'login-required': {
    title: 'Please log in',
    text: 'You are not logged in here, or your login has ended.',
    tone: 'calm',
    icon: 'key',
  },
  'hardware-key-required': {
    title: 'Your security key, please',
    text: 'This part asks for a security key. Log in again and use yours.',
    tone: 'calm',
    icon: 'key',
  },
  'fresh-login-required': {
    title: 'Please log in again',
    text: 'This part asks for a recent login, and yours was a while ago.',
    tone: 'calm',
    icon: 'clock',
  },
  'foreign-origin': {
    title: 'That came from another site',
    text: 'Another site tried to open a connection to this application in your name. It was stopped.',
    tone: 'stop',
    icon: 'hand',
  },
  'cross-site-request': {
    title: 'That came from another site',
    text: 'Another site tried to do this in your name. It was stopped, and nothing has changed.',
    tone: 'stop',
    icon: 'hand',
  },
  upstream_unreachable: {
    title: 'The application does not answer',
    text: 'You are in the right place, but the application is not running or cannot be reached. Please try again in a moment.',
    tone: 'warn',
    icon: 'cloud',
  },
  upstream_broken: {
    title: 'The application gave a broken answer',
    text: 'You are in the right place, but what the application sent could not be passed on.',
    tone: 'warn',
    icon: 'cloud',
  },
  upstream_timeout: {
    title: 'The application is too slow',
    text: 'It did not answer in time. Please try again in a moment.',
    tone: 'warn',
    icon: 'clock',
  },
  upstream_busy: {
    title: 'The application is busy',
    text: 'Too many people are asking at once. Please try again in a moment.',
    tone: 'warn',
    icon: 'clock',
  },
  store_unavailable: {
    title: 'We cannot check who you are',
    text: 'Logins cannot be looked up right now. Please try again in a moment.',
    tone: 'warn',
    icon: 'cloud',
  },
  provider_unavailable: {
    title: 'The login service does not answer',
    text: 'Nobody can log in right now. Whoever is logged in already can carry on.',
    tone: 'warn',
    icon: 'cloud',
  },
  draining: {
    title: 'Back in a moment',
    text: 'This service is restarting. Please try again in a few seconds.',
    tone: 'warn',
    icon: 'clock',
  },
};

const byStatus: Readonly<Record<number, RefusalText>> = {
  400: {
    title: 'This request does not make sense',
    text: 'The address could be read in more than one way, or a part of the request is malformed.',
    tone: 'warn',
    icon: 'compass',
  },
  401: {
    title: 'Please log in',
    text: 'This page is only for people who have logged in.',
    tone: 'calm',
    icon: 'key',
  },
  403: {
    title: 'You do not have access',
    text: 'This request was not allowed.',
    tone: 'stop',
    icon: 'hand',
  },
  404: {
    title: 'There is nothing here',
    text: 'The address does not exist. Please check it for a typing mistake.',
    tone: 'calm',
    icon: 'compass',
  },
  405: {
    title: 'That does not work here',
    text: 'This address cannot be used in this way.',
    tone: 'warn',
    icon: 'compass',
  },
  413: {
    title: 'That is too large',
    text: 'What was sent is larger than is allowed here.',
    tone: 'warn',
    icon: 'hand',
  },
  414: { title: 'The address is too long', text: 'Please use a shorter one.', tone: 'warn', icon: 'compass' },
  417: {
    title: 'That does not work here',
    text: 'The request expects something that is not on offer.',
    tone: 'warn',
    icon: 'compass',
  },
  421: {
    title: 'Nobody lives at this address',
    text: 'There is no application under this name. Please check it for a typing mistake.',
    tone: 'calm',
    icon: 'compass',
  },
  429: {
    title: 'Slow down, please',
    text: 'That was too much at once. Please try again in a moment.',
    tone: 'warn',
    icon: 'clock',
  },
  431: {
    title: 'Your browser sent too much',
    text: 'Deleting the cookies of this site usually helps.',
    tone: 'warn',
    icon: 'hand',
  },
  501: {
    title: 'That does not work here',
    text: 'The request uses something that is not on offer.',
    tone: 'warn',
    icon: 'compass',
  },
  502: {
    title: 'The application does not answer',
    text: 'You are in the right place, but the application cannot be reached. Please try again in a moment.',
    tone: 'warn',
    icon: 'cloud',
  },
  503: {
    title: 'Back in a moment',
    text: 'This cannot be answered right now. Please try again in a moment.',
    tone: 'warn',
    icon: 'clock',
  },
  504: {
    title: 'The application is too slow',
    text: 'It did not answer in time. Please try again in a moment.',
    tone: 'warn',
    icon: 'clock',
  },
  505: {
    title: 'That does not work here',
    text: 'Your program speaks a version of HTTP that is not on offer.',
    tone: 'warn',
    icon: 'compass',
  },
  508: {
    title: 'The application is not set up right',
    text: 'What should lead to it leads back here. Whoever runs it can find the reason in the log.',
    tone: 'warn',
    icon: 'compass',
  },
};

const unexpected: RefusalText = {
  title: 'Something went wrong on our side',
  text: 'It is not your fault. Please try again in a moment.',
  tone: 'warn',
  icon: 'cloud',
};

/** The words for a refusal; an unknown reason gets its status's words, an unknown status the general ones. */
export function refusalText(status: number, reason: string): RefusalText {
  if (Object.hasOwn(byReason, reason)) return byReason[reason] ?? unexpected;
  return byStatus[status] ?? unexpected;
}
