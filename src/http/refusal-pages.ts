// What a person reads when a request was not let through: plain words, nothing of the inside. refusals.ts says which reason
// gets which page; several reasons share one.

/** One page. The words are for whoever asked, not for whoever runs bouncer. */
export interface RefusalPage {
  readonly title: string;
  readonly text: string;
  /** What they can do about it, in a paragraph of its own; `null` when the buttons say it all. */
  readonly hint: string | null;
  readonly tone: 'calm' | 'warn' | 'stop';
  readonly icon: 'hand' | 'cloud' | 'key' | 'clock' | 'compass';
  /**
   * The buttons. `start`: the start page alone. `account`: log in as somebody else. `login`: log in. `retry`: the same once more.
   * `cookies`: delete them.
   */
  readonly offers: 'start' | 'account' | 'login' | 'retry' | 'cookies';
  /** Whether the reason's own text stands on the page: where the request itself was at fault. */
  readonly isExplained: boolean;
}

const askWhoRunsIt =
  'If you think that you should have access, ask whoever runs this service, and tell them the request number below.';
const tellWhoRunsIt = 'If it stays like this, tell whoever runs this service the request number below.';
// Whoever opens a page is sent to log in; only who sent a form reads this.
const sendAgain =
  'What you sent did not arrive. Log in in a new tab, then come back here and load this page again: that sends it once more.';

const noAccess = {
  title: 'You do not have access',
  hint: askWhoRunsIt,
  tone: 'stop',
  icon: 'hand',
  offers: 'account',
  isExplained: false,
} as const;
const login = { hint: sendAgain, tone: 'calm', icon: 'key', offers: 'login', isExplained: false } as const;
const otherSite = {
  title: 'That came from another site',
  hint: null,
  tone: 'stop',
  icon: 'hand',
  offers: 'start',
  isExplained: false,
} as const;
const malformed = {
  hint: null,
  tone: 'warn',
  icon: 'compass',
  offers: 'start',
  isExplained: true,
} as const;
const failing = {
  hint: tellWhoRunsIt,
  tone: 'warn',
  icon: 'cloud',
  offers: 'retry',
  isExplained: false,
} as const;

/** Every page, by a name that only refusals.ts uses. */
export const refusalPages = {
  notGiven: { ...noAccess, text: 'Your account has not been given access to this.' },
  ruleSaysNo: { ...noAccess, text: 'A rule of this application says no to this request.' },
  accessEnded: { ...noAccess, text: 'Your access ended while the application was at work.' },
  uncheckable: {
    ...failing,
    title: 'We could not check your access',
    text: 'Something went wrong while your access was checked, so nobody was let in. Please try again.',
    tone: 'stop',
  },
  login: { ...login, title: 'Please log in', text: 'You are not logged in here, or your login has ended.' },
  securityKey: {
    ...login,
    title: 'Your security key, please',
    text: 'This part asks for a security key. Log in again and use yours.',
  },
  freshLogin: {
    ...login,
    title: 'Please log in again',
    text: 'This part asks for a recent login, and yours was a while ago.',
    icon: 'clock',
  },
  loginFailed: {
    ...malformed,
    title: 'The login did not complete',
    text: 'Nobody was logged in. Please start again from the page that you wanted to see.',
    icon: 'key',
    isExplained: false,
  },
  badToken: {
    ...malformed,
    title: 'That token does not work here',
    text: 'The program sent a token that is not valid for this, so nothing was let through.',
    icon: 'key',
  },
  foreignHandshake: {
    ...otherSite,
    text: 'Another site tried to open a connection to this application in your name. It was stopped.',
  },
  foreignForm: {
    ...otherSite,
    text: 'Another site tried to do this in your name. It was stopped, and nothing has changed.',
  },
  senseless: {
    ...malformed,
    title: 'This address cannot be opened',
    text: 'It could be read in more than one way, or a part of what was sent is malformed, so it was not passed on. Please type it again. A link that keeps leading here is broken: tell whoever made it.',
  },
  nothingHere: {
    ...malformed,
    title: 'This page does not exist',
    text: 'There is nothing at this address. Please check it for a typing mistake, or begin with what you can open.',
    tone: 'calm',
    isExplained: false,
  },
  unknownHost: {
    ...malformed,
    title: 'There is no application at this address',
    text: 'The name in the address is not one that this service knows. Please check it for a typing mistake. If it is right, the application has another name now, or is not set up yet.',
    hint: 'If it should be here, tell whoever runs this service the request number below.',
    tone: 'calm',
    isExplained: false,
  },
  notThisWay: {
    ...malformed,
    title: 'That cannot be done here',
    text: 'The address is right, but what was asked of it is not possible.',
  },
  notOnOffer: {
    ...malformed,
    title: 'That is not possible here',
    text: 'The request uses something that this service does not do.',
  },
  tooLarge: {
    ...malformed,
    title: 'That is too large',
    text: 'What was sent is larger than is allowed here.',
    icon: 'hand',
  },
  tooLong: { ...malformed, title: 'The address is too long', text: 'Please use a shorter one.' },
  tooMuch: {
    ...malformed,
    title: 'Your browser sent too much',
    text: 'Deleting the cookies of this site usually helps.',
    icon: 'hand',
  },
  cookies: {
    ...malformed,
    title: 'Too many cookies',
    text: 'This site and its neighbours have left more cookies in your browser than can be passed on.',
    hint: 'Deleting them here may log you out of some applications, and changes nothing else. If they keep coming back, tell whoever runs this service their names.',
    icon: 'hand',
    offers: 'cookies',
    isExplained: false,
  },
  tooSlow: {
    ...malformed,
    title: 'That took too long',
    text: 'The request did not arrive in time. Please try again.',
    icon: 'clock',
  },
  loop: {
    ...failing,
    title: 'The application is not set up right',
    text: 'What should lead to it leads back here. Whoever runs it can find the reason in the log.',
    icon: 'compass',
  },
  noAnswer: {
    ...failing,
    title: 'The application does not answer',
    text: 'You are in the right place, but the application is not running or cannot be reached. Please try again in a moment.',
  },
  brokenAnswer: {
    ...failing,
    title: 'The application gave a broken answer',
    text: 'You are in the right place, but what the application sent could not be passed on.',
  },
  slowAnswer: {
    ...failing,
    title: 'The application is too slow',
    text: 'It did not answer in time. Please try again in a moment.',
    icon: 'clock',
  },
  busy: {
    ...failing,
    title: 'The application is busy',
    text: 'Too many people are asking at once. Please try again in a moment.',
    icon: 'clock',
  },
  maintenance: {
    ...failing,
    title: 'Being worked on',
    text: 'You have access to this application, and it is closed for a while because somebody is working on it. Please come back later.',
    hint: null,
    tone: 'calm',
    icon: 'clock',
  },
  noStore: {
    ...failing,
    title: 'We cannot check who you are',
    text: 'Logins cannot be looked up right now. Please try again in a moment.',
  },
  noProvider: {
    ...failing,
    title: 'The login service does not answer',
    text: 'Nobody can log in right now. Whoever is logged in already can carry on.',
  },
  unexpected: {
    ...failing,
    title: 'Something went wrong on our side',
    text: 'It is not your fault. Please try again in a moment.',
  },
} as const satisfies Readonly<Record<string, RefusalPage>>;
