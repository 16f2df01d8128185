// One of every page, by name: what the accessibility tests walk through, and what to look at after a change of the design.
import { browserKindOf } from '../../src/http/browser-kind.ts';
import { isExplained, type Reason, refusals } from '../../src/http/refusals.ts';
import type { LoginProblem, LoginStep } from '../../src/identity/login/login-step.ts';
import { type Letter, renderLetter as renderLetterMail } from '../../src/mail/letter.ts';
import type { Answer } from '../../src/pages/answer.ts';
import { renderCookies } from '../../src/pages/cookie-page.ts';
import { answerStep } from '../../src/pages/login-pages.ts';
import { renderSignedOut } from '../../src/pages/logout-pages.ts';
import { renderMail } from '../../src/pages/mail-page.ts';
import { lookOf, type PageContext } from '../../src/pages/page-context.ts';
import { problemLooks } from '../../src/pages/problem-looks.ts';
import { renderRefusal } from '../../src/pages/render-refusal.ts';
import { renderSessions } from '../../src/pages/sessions-page.ts';
import { renderStart } from '../../src/pages/start-page.ts';
import {
  renderDeviceAnswered,
  renderDeviceAsk,
  renderDeviceForm,
  renderDeviceOff,
  renderTerminalAnswered,
  renderTerminalAsk,
  renderTerminalSenseless,
} from '../../src/pages/terminal-pages.ts';
import { renderPersonalToken, renderTokens } from '../../src/pages/token-pages.ts';
import type { Denial } from '../../src/rules/model/denial.ts';
import type { RefusalView } from '../../src/rules/model/refusal-view.ts';
import type { Settings } from '../../src/settings/settings.ts';
import type { StoredLogin } from '../../src/store/session-store.ts';
import { textsIn } from '../../src/texts/texts.ts';
import type { Texts } from '../../src/texts/texts-shape.ts';
import { askedPages } from './asked-pages.ts';
import { formPages } from './form-steps.ts';
import { keySteps } from './key-steps.ts';
import {
  applications,
  type ContextOptions,
  contextOf as contextIn,
  erin,
  nowMs,
  settings as plain,
  rulesOf,
} from './page-fixtures.ts';
import { addRarePages } from './rare-pages.ts';

function bodyOf(answer: Answer): string {
  if (answer.kind !== 'page') throw new Error(`not a page: ${answer.kind}`);
  return answer.body;
}

const payroll = { label: 'Payroll', contact: 'payroll@example.com', deniedText: null };

const refusal: RefusalView = {
  reason: 'no-policy-matched',
  requestId: 'r7k2-93ha-x0',
  application: payroll,
  denial: null,
  opensNothing: false,
  askHref: null,
  email: 'erin@example.com',
  emailFault: null,
  isLoggedIn: true,
  hostAuthUrl: 'https://auth.example.com:8443',
  retryPath: '/again?x=1',
};

/** Of many names, one of which is long. */
const tossed = Array.from(
  { length: 40 },
  (_, index) => `tracker_${'of_a_long_name_'.repeat(index === 3 ? 5 : 1)}${index}=${'x'.repeat(500)}`,
).join('; ');

/** Every kind of thing that may be missing, in every way of joining them; and what operators say themselves. */
const denials: readonly Denial[] = [
  { kind: 'missing', ways: [{ lacks: [['group']] }] },
  {
    kind: 'missing',
    ways: [
      { lacks: [['address', 'group_out', 'known_group'], ['network'], ['country', 'time']] },
      { lacks: [['claim', 'login_method'], ['auth_method']] },
      { label: 'Payroll' },
      { lacks: [['grant']] },
      { lacks: [['program']] },
    ],
  },
  {
    kind: 'missing',
    ways: [{ lacks: [['confirmed_address', 'method']] }, { lacks: [['grant', 'program']] }],
  },
  { kind: 'rule', label: 'Payroll' },
];

const views: readonly RefusalView[] = [
  ...(Object.keys(refusals) as Reason[]).map((reason) => ({
    ...refusal,
    reason,
    application: isExplained(reason) ? null : payroll,
  })),
  { ...refusal, isLoggedIn: false, email: null },
  ...denials.map((denial) => ({ ...refusal, denial })),
  { ...refusal, askHref: '/.bouncer/access?to=%2Fagain' },
  {
    ...refusal,
    reason: 'policy-denied',
    opensNothing: true,
    application: {
      ...payroll,
      contact: 'https://help.example.com/access',
      deniedText:
        'Payroll is for the people of the office in Lisbon. New here? Your manager can ask for access.',
    },
  },
  { ...refusal, reason: 'cookies-too-large', cookies: tossed },
  { ...refusal, reason: 'login-required', isLoggedIn: false, email: null },
];

/** Name and document of every page that there is. */
export function everyPage(texts: Texts = textsIn('en'), settings?: Settings): ReadonlyMap<string, string> {
  const common = settings === undefined ? { texts } : { texts, settings };
  const contextOf = (options: ContextOptions = {}) => contextIn({ ...common, ...options });
  const pages = new Map<string, string>([...formPages(contextOf), ...askedPages(contextOf)]);
  const loggedIn = contextOf({ identity: erin });
  pages.set('start', renderStart(loggedIn));
  pages.set('start-nothing', renderStart(contextOf({ identity: erin, rules: rulesOf([]) })));
  pages.set('welcome', renderStart(contextOf()));
  pages.set('welcome-closed', renderStart(contextOf({ rules: rulesOf([]) })));
  for (const [name, applicationName] of [
    ['chooser', 'Family photos'],
    ['chooser-of-start', null],
  ] as const)
    pages.set(
      name,
      bodyOf(
        answerStep(
          {
            kind: 'choose',
            providers: [
              {
                ...{ id: 'corp', label: 'Example Corp', href: '/.bouncer/login?idp=corp&return=%2F' },
                ...{ isLast: true, isSilent: false, opens: ['Payroll'] },
              },
              {
                ...{ id: 'google', label: 'Google', href: '/.bouncer/login?idp=google' },
                ...{ isLast: false, isSilent: true, opens: [] },
              },
              {
                ...{ id: 'mail', label: 'Code by e-mail', href: '/.bouncer/login?idp=mail' },
                ...{
                  isLast: false,
                  isSilent: false,
                  opens: ['Family photos', 'Wiki', 'Films', 'Music', 'Books', 'Maps'],
                },
              },
            ],
            applicationName,
            setCookies: [],
          },
          contextOf(),
        ),
      ),
    );
  addTerminalPages(pages, contextOf({ identity: erin }));
  const codeStep = {
    loginId: 'AAAAAAAAAAAAAAAAAAAAAA',
    applicationName: 'Family photos',
    setCookies: [],
  } as const;
  const steps = {
    'ask-address': { kind: 'ask-address', typed: '', fault: null, isMailDelayed: false, otherWayHref: null },
    'ask-address-again': {
      kind: 'ask-address',
      typed: 'mom@family',
      fault: 'no-address',
      isMailDelayed: true,
      otherWayHref: 'https://photos.example.com/',
    },
    'ask-code': {
      kind: 'ask-code',
      email: 'mom@family.example',
      fault: null,
      isAgain: false,
      isMailDelayed: false,
      otherWayHref: null,
    },
    'ask-code-again': {
      kind: 'ask-code',
      email: 'a.very.long.name.of.somebody@a-domain-that-is-rather-long.family.example',
      fault: 'wrong-code',
      isAgain: true,
      isMailDelayed: true,
      otherWayHref: 'https://photos.example.com/',
    },
  } as const;
  for (const [name, step] of Object.entries(steps))
    pages.set(name, bodyOf(answerStep({ ...codeStep, ...step }, contextOf())));
  for (const [name, step] of Object.entries(keySteps))
    pages.set(name, bodyOf(answerStep(step, contextOf({ identity: erin }))));
  addMailPages(pages, contextOf({ settings: { ...(settings ?? plain), showsMail: true } }));
  pages.set('cookies', renderCookies(contextOf({ headers: { oversizedCookies: tossed } })));
  pages.set('cookies-few', renderCookies(contextOf()));
  const stepUp = {
    kind: 'explain-step-up',
    providerLabel: 'Example Corp',
    continueHref: '/.bouncer/login?request=x&provider=corp&explained=yes',
    setCookies: [],
  } as const;
  for (const [name, own] of Object.entries({
    key: { isHardwareKey: true, maxAgeSeconds: null, applicationName: 'Family photos' },
    'key-of-today': { isHardwareKey: true, maxAgeSeconds: 43_200, applicationName: 'Payroll' },
    'fresh-login': { isHardwareKey: false, maxAgeSeconds: 3_600, applicationName: null },
  }))
    pages.set(`step-up-${name}`, bodyOf(answerStep({ ...stepUp, ...own }, contextOf({ identity: erin }))));
  pages.set('signed-out', renderSignedOut(contextOf()));
  pages.set('signed-out-here', renderSignedOut(contextOf({ host: 'wiki.example.com', isAuthHost: false })));
  for (const [name, person] of [
    ['logout-question', 'erin@example.com'],
    ['logout-question-nameless', null],
  ] as const) {
    const step = { kind: 'ask-logout', person, request: 'sealed', stayHref: '/', setCookies: [] } as const;
    pages.set(name, bodyOf(answerStep(step, loggedIn)));
  }
  pages.set(
    'logout-elsewhere',
    bodyOf(
      answerStep(
        { kind: 'redirect', location: 'https://auth.example.com:8443/.bouncer/logout', setCookies: [] },
        contextOf({ method: 'POST', path: '/.bouncer/logout', host: 'wiki.example.com', isAuthHost: false }),
      ),
    ),
  );
  pages.set(
    'one-more-step',
    bodyOf(
      answerStep(
        { kind: 'redirect', location: 'https://elsewhere.example/logout', setCookies: [] },
        contextOf({ method: 'POST' }),
      ),
    ),
  );
  pages.set(
    'send-on',
    bodyOf(
      answerStep(
        {
          kind: 'send-form',
          action: 'https://elsewhere.example/logout',
          fields: { client_id: 'bouncer', id_token_hint: 'a.b.c' },
          setCookies: [],
        },
        contextOf({ method: 'POST' }),
      ),
    ),
  );
  pages.set(
    'withheld',
    bodyOf(
      answerStep(
        {
          kind: 'withheld',
          provider: 'GitHub',
          withheld: [
            { organization: 'acme', why: 'single-sign-on', href: 'https://github.com/orgs/acme/sso' },
            { organization: 'partner', why: 'not-approved', href: 'https://github.com/settings/connections' },
          ],
          againUrl: 'https://wiki.example.com/.bouncer/login?account=other&return_to=%2F',
          continueUrl: 'https://wiki.example.com/',
          setCookies: [],
        },
        contextOf(),
      ),
    ),
  );
  const own = (id: string, userAgent: string, hosts: readonly string[], minutes: number) => ({
    ...{
      id,
      browser: browserKindOf(userAgent),
      hosts,
      programs: minutes === 5 ? ['Ada’s laptop'] : [],
      ip: '2001:db8:85a3::8a2e:370:7334',
      isThis: minutes === 0,
    },
    createdAtMs: nowMs - 3 * 86_400_000 - minutes * 60_000,
    lastSeenMs: nowMs - minutes * 60_000,
  });
  const ownSessions = [
    own('a', 'Windows Firefox', ['wiki.example.com', 'photos.example.com'], 0),
    own('b', 'iPhone Safari', ['photos.example.com'], 5),
    { ...own('c', 'x', [], 60 * 30), ip: null },
  ];
  const rules = {
    ...rulesOf(applications),
    findApplication: (host: string) => applications.find(({ hosts }) => hosts.includes(host)) ?? null,
  };
  pages.set(
    'sessions',
    renderSessions(contextOf({ identity: erin, rules }), {
      sessions: ownSessions,
      ended: null,
      letters: false,
    }),
  );
  pages.set(
    'sessions-one',
    renderSessions(loggedIn, { sessions: ownSessions.slice(0, 1), ended: 2, letters: true }),
  );
  for (const problem of Object.keys(problemLooks) as LoginProblem[]) {
    const step = {
      kind: 'problem',
      problem,
      status: 400,
      continueUrl: '/.bouncer/login',
      setCookies: [],
    } as const;
    pages.set(`problem-${problem}`, bodyOf(answerStep(step, contextOf())));
    if (problem === 'provider-unavailable')
      pages.set('problem-other-way', bodyOf(answerStep({ ...step, hasOtherWay: true }, contextOf())));
  }
  const ofSession = storedLogin(nowMs);
  addRarePages(pages, contextOf, { ofSession, vouched: { ...ofSession, vouchedAtMs: nowMs } });
  for (const view of views) {
    const { status } = refusals[view.reason];
    pages.set(
      `refusal-${status}-${view.reason}${view.isLoggedIn ? '' : '-anonymous'}${view.askHref === null ? '' : '-askable'}${view.denial === null ? '' : `-lacks-${denials.indexOf(view.denial)}`}`,
      renderRefusal(view, lookOf(contextOf())),
    );
  }
  return pages;
}

/** A page of each step of a login: the compiler names the kind that is not here. */
export const pageOfStep: Readonly<Record<LoginStep['kind'], string>> = {
  ...{
    redirect: 'one-more-step',
    choose: 'chooser',
    'explain-step-up': 'step-up-key',
    'send-form': 'send-on',
  },
  ...{ 'ask-logout': 'logout-question', 'signed-out': 'signed-out', 'ask-address': 'ask-address' },
  ...{
    'ask-code': 'ask-code',
    withheld: 'withheld',
    'personal-token': 'personal-token',
    'use-key': 'use-key',
  },
  ...{ 'use-passkey': 'use-passkey', 'enrol-passkey': 'enrol-passkey', 'passkey-added': 'passkey-added' },
  ...{ passkeys: 'passkeys', 'passkey-removed': 'passkey-removed' },
  ...{ 'enrol-key': 'enrol-key', keys: 'keys', 'key-removed': 'key-removed', problem: 'problem-expired' },
};

function addMailPages(pages: Map<string, string>, context: PageContext): void {
  const letters = [3, 2, 1].map((number) => ({
    ...renderLetterMail(letter, plain.branding),
    number,
    atMs: nowMs - 60_000 * (4 - number),
  }));
  pages.set('mail', renderMail({ letters, shown: letters[0] ?? null }, context));
  pages.set('mail-gone', renderMail({ letters, shown: null }, context));
  pages.set('mail-none', renderMail({ letters: [], shown: null }, context));
  const step = {
    kind: 'ask-code',
    fault: 'used-before',
    ...{ email: 'mom@family.example', isAgain: false, isMailDelayed: false, otherWayHref: null },
    ...{ loginId: 'AAAAAAAAAAAAAAAAAAAAAA', applicationName: 'Family photos', setCookies: [] },
  } as const;
  pages.set('ask-code-of-a-try', bodyOf(answerStep(step, context)));
}

/** A letter as the page of mail shows it: names and figures alone, as its words are not the page's. */
export const letter: Letter = {
  to: 'mom@family.example',
  language: 'en',
  subject: 'Family photos',
  title: 'Family photos',
  code: '1234567890',
  text: ['Family photos'],
  facts: [{ name: 'Google', value: 'Safari' }],
  closing: 'Payroll',
};

function addTerminalPages(pages: Map<string, string>, context: PageContext): void {
  const { session } = context.visit;
  if (session === null) throw new Error('nobody is logged in');
  const visit = { ...context.visit, session, ip: '198.51.100.2' };
  const claim = { name: 'erins-laptop', challenge: 'c'.repeat(43) };
  const loopback = { ...claim, state: 's'.repeat(32), port: 40_123 };
  const ask = { name: 'build-box', ip: '203.0.113.9', country: 'US', beganAtMs: visit.nowMs - 41_000 };
  pages.set('terminal-ask', renderTerminalAsk(loopback, visit, context));
  const back = 'http://127.0.0.1:40123/callback?code=x&state=y';
  pages.set('terminal-allowed', renderTerminalAnswered(back, 'allow', context));
  pages.set('terminal-denied', renderTerminalAnswered(back, 'deny', context));
  pages.set('terminal-senseless', renderTerminalSenseless(context));
  pages.set('device-form', renderDeviceForm(null, context));
  pages.set('device-form-wrong', renderDeviceForm('wrong', context));
  pages.set('device-form-too-many', renderDeviceForm('too-many', context));
  pages.set('device-ask', renderDeviceAsk({ ask, code: 'WDJB-MJHT', visit }, context));
  pages.set('device-allowed', renderDeviceAnswered('allow', context));
  pages.set('device-denied', renderDeviceAnswered('deny', context));
  pages.set('device-off', renderDeviceOff(context));
  const login = storedLogin(context.visit.nowMs);
  const programs = [
    { kind: 'terminal', name: 'erins-laptop', applications: null } as const,
    { kind: 'personal', name: 'Calendar on the phone', applications: ['dav', 'files'] } as const,
  ].map((program, index) => ({
    hash: 'h'.repeat(43),
    program,
    createdAtMs: visit.nowMs - 86_400_000,
    login: index === 0 ? login : { ...login, id: 'other', vouchedAtMs: visit.nowMs },
  }));
  const tokens = {
    ...{ programs, applications: ['dav', 'packages'], asksAgain: true },
    ...{ fault: null, typed: '' },
  };
  pages.set('tokens', renderTokens(tokens, context));
  pages.set('tokens-none', renderTokens({ ...tokens, programs: [], applications: [] }, context));
  pages.set('tokens-again', renderTokens({ ...tokens, fault: 'no-name' }, context));
  const step = { kind: 'personal-token', name: 'Calendar', applications: ['dav'], setCookies: [] } as const;
  const issued = { ...step, secret: `bnc_p_${'x'.repeat(49)}`, expiresAtMs: visit.nowMs + 86_400_000 };
  pages.set('personal-token', renderPersonalToken({ ...issued, isRechecked: true }, context));
  pages.set('personal-token-of-session', renderPersonalToken({ ...issued, isRechecked: false }, context));
}

function storedLogin(nowMs: number): StoredLogin {
  return {
    ...{
      id: 'login',
      identity: erin,
      providerSid: null,
      secrets: null,
      isRefreshable: true,
      mustAskPerson: false,
    },
    ...{
      providerDigest: null,
      ip: null,
      userAgent: null,
      revision: 1,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + 86_400_000,
    },
    ...{ lastSeenMs: nowMs, checkedAtMs: nowMs, unansweredSinceMs: null, vouchedAtMs: null },
  };
}
