// How a page looks that says no: its tone, its picture, its buttons. The words are in src/texts, under the same name; refusals.ts says
// which reason gets which page; several reasons share one.

/** One page. */
export interface RefusalPage {
  readonly tone: 'calm' | 'warn' | 'stop';
  readonly icon: 'hand' | 'cloud' | 'key' | 'clock' | 'compass';
  /**
   * The buttons. `start`: the start page alone. `account`: log in as somebody else. `login`: log in. `retry`: the same once more.
   * `cookies`: delete them. `login-here`: log in, and leave the page for it.
   */
  readonly offers: 'start' | 'account' | 'login' | 'login-here' | 'retry' | 'cookies';
  /** Whether the reason's own text stands on the page: where the request itself was at fault. */
  readonly isExplained: boolean;
}

const noAccess = { tone: 'stop', icon: 'hand', offers: 'account', isExplained: false } as const;
const login = { tone: 'calm', icon: 'key', offers: 'login', isExplained: false } as const;
const otherSite = { tone: 'stop', icon: 'hand', offers: 'start', isExplained: false } as const;
const malformed = { tone: 'warn', icon: 'compass', offers: 'start', isExplained: true } as const;
const failing = { tone: 'warn', icon: 'cloud', offers: 'retry', isExplained: false } as const;

/** Every page. */
const looks = {
  notGiven: noAccess,
  ruleSaysNo: noAccess,
  accessEnded: noAccess,
  uncheckable: { ...failing, tone: 'stop' },
  login,
  formKept: { ...login, icon: 'clock', offers: 'login-here' },
  formTooLarge: { ...login, icon: 'clock' },
  securityKey: login,
  freshLogin: { ...login, icon: 'clock' },
  loginFailed: { ...malformed, icon: 'key', isExplained: false },
  badToken: { ...malformed, icon: 'key' },
  foreignHandshake: otherSite,
  foreignForm: otherSite,
  senseless: malformed,
  nothingHere: { ...malformed, tone: 'calm', isExplained: false },
  unknownHost: { ...malformed, tone: 'calm', isExplained: false },
  notThisWay: malformed,
  notOnOffer: malformed,
  tooLarge: { ...malformed, icon: 'hand' },
  tooLong: malformed,
  tooMuch: { ...malformed, icon: 'hand' },
  cookies: { ...malformed, icon: 'hand', offers: 'cookies', isExplained: false },
  tooSlow: { ...malformed, icon: 'clock' },
  loop: { ...failing, icon: 'compass' },
  noAnswer: failing,
  brokenAnswer: failing,
  slowAnswer: { ...failing, icon: 'clock' },
  busy: { ...failing, icon: 'clock' },
  maintenance: { ...failing, tone: 'calm', icon: 'clock' },
  noStore: failing,
  noProvider: failing,
  unexpected: failing,
} as const satisfies Readonly<Record<string, RefusalPage>>;

/** The name of a page, by which its words are found. */
export type RefusalPageName = keyof typeof looks;

export const refusalPages: Readonly<Record<RefusalPageName, RefusalPage>> = looks;

/** The pages on which the reason is explained. */
export type ExplainingPage = {
  [Name in RefusalPageName]: (typeof looks)[Name]['isExplained'] extends true ? Name : never;
}[RefusalPageName];
