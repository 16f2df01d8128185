// Lets terminals in: codes that live a minute or five, each good once, and the token that a program gets for one. A stranger makes the
// store keep a few small rows at most; whoever holds a code gets nothing without what the program kept to itself (PKCE, RFC 7636).
import { clientNetwork } from '../../http/client-network.ts';
import { isAhead } from '../../rules/model/time-ahead.ts';
import { isRecord } from '../../source/is-record.ts';
import { programHost } from '../../store/session-store.ts';
import { createLimiter } from '../limiter.ts';
import { type LoginContext, visitFields } from '../login/login-context.ts';
import type { PersonVisit, Visit } from '../login/login-step.ts';
import { createToken, hashToken, isSameSecret, logIdOf } from '../opaque-token.ts';
import { createSecret } from '../tokens/service-secret.ts';
import type {
  DeviceAsk,
  IssuedDevice,
  LoopbackAsk,
  ProgramClaim,
  Redeemed,
  TerminalAnswer,
  TerminalGrant,
  Terminals,
} from './terminals.ts';
import { createUserCode, parseUserCode } from './user-code.ts';

/** From the button to the program on the same computer. Milliseconds. */
const codeTimeMs = 60_000;
/** For typing a code, and for the program to come for its token. Milliseconds. */
const deviceTimeMs = 300_000;
/** Codes that one network may ask for, and all together, in five minutes. */
const asksOfClient = 20;
const asksOfAll = 2_000;
/** Codes that one session may try, and one network, in five minutes. */
const triesOfSession = 10;
const triesOfClient = 40;
/** How often a program may ask whether its code was typed: it is told every five seconds. */
const polls = 120;
/** Wrong codes and verifiers of one network in five minutes. */
const failuresOfClient = 60;
/** Terminals that one session may have; with another one, the oldest is logged out. */
const mostTerminals = 20;

type Context = Pick<LoginContext, 'store' | 'sealer' | 'telemetry'>;

/** What waits in the store until the program comes. */
interface Waiting extends ProgramClaim {
  /** `null`: the person said no. */
  readonly loginId: string | null;
  readonly by: TerminalGrant['by'];
}

interface StoredAsk extends DeviceAsk, ProgramClaim {
  readonly answerKey: string;
}

const codeKey = (code: string): string => `terminal-code:${hashToken(code)}`;
const answerKeyOf = (deviceCode: string): string => `device-answer:${hashToken(deviceCode)}`;

/** @param contextNow as the login flows have it */
export function createTerminals(contextNow: () => Promise<Context>): Terminals {
  const limits = createTerminalLimits();
  return {
    async answerLoopback(visit, ask, answer) {
      const back = new URL(`http://127.0.0.1:${ask.port}/callback`);
      if (answer === 'allow') back.searchParams.set('code', await issueCode(await contextNow(), visit, ask));
      else back.searchParams.set('error', 'access_denied');
      back.searchParams.set('state', ask.state);
      return back.href;
    },

    async beginDevice(visit, claim, country) {
      if (!limits.mayAsk(visit)) return null;
      return issueDevice(await contextNow(), visit, claim, country);
    },

    async findDevice(visit, typed) {
      const userCode = parseUserCode(typed);
      if (userCode === null) return 'wrong';
      if (!limits.mayTry(visit)) return 'too-many';
      const found = await findAsk(await contextNow(), userCode, visit.nowMs);
      if (found === null) return 'wrong';
      const { name, ip, country, beganAtMs } = found;
      return { name, ip, country, beganAtMs };
    },

    async answerDevice(visit, typed, answer) {
      const userCode = parseUserCode(typed);
      if (userCode === null || !limits.mayTry(visit)) return false;
      const context = await contextNow();
      const ask = await findAsk(context, userCode, visit.nowMs);
      const { once } = context.store;
      const answeredKey = answeredKeyOf(context, userCode, visit, answer);
      if (ask === null || (await once.take(askKey(context, userCode), visit.nowMs)) === null)
        return once.has(answeredKey, visit.nowMs);
      await once.mark(answeredKey, visit.nowMs + deviceTimeMs, visit.nowMs);
      const { name, challenge } = ask;
      const loginId = answer === 'allow' ? visit.session.id : null;
      const waiting: Waiting = { name, challenge, loginId, by: 'device' };
      await once.put(ask.answerKey, JSON.stringify(waiting), visit.nowMs + deviceTimeMs);
      return true;
    },

    async redeem(visit, grant) {
      const context = await contextNow();
      if (grant.by === 'device' && !limits.mayPoll(visit, grant.deviceCode))
        return { kind: 'refused', error: 'slow_down' };
      const redeemed = await redeem(context, visit, grant);
      return isFailure(redeemed) && !limits.mayFail(visit)
        ? { kind: 'refused', error: 'slow_down' }
        : redeemed;
    },

    async end(session, visit, tokenHash) {
      const { store, telemetry } = await contextNow();
      await store.sessions.removeToken(tokenHash);
      const { sub, email } = session.identity;
      const name = session.program?.name ?? '';
      telemetry.event('terminal_logout', { ...visitFields(visit), sub, email, session: session.logId, name });
    },
  };
}

/** How often who may do what; each asks and counts at once. */
function createTerminalLimits() {
  const asks = createLimiter(asksOfClient, deviceTimeMs);
  const all = createLimiter(asksOfAll, deviceTimeMs, 1);
  const sessionTries = createLimiter(triesOfSession, deviceTimeMs);
  const clientTries = createLimiter(triesOfClient, deviceTimeMs);
  const pollsOfCode = createLimiter(polls, deviceTimeMs);
  const failures = createLimiter(failuresOfClient, deviceTimeMs);
  const networkOf = ({ ip }: Visit): string => (ip === null ? 'unknown' : clientNetwork(ip));
  return {
    mayAsk: (visit: Visit): boolean =>
      asks.spend(networkOf(visit), visit.nowMs) && all.spend('all', visit.nowMs),
    mayTry: (visit: PersonVisit): boolean =>
      sessionTries.spend(visit.session.id, visit.nowMs) && clientTries.spend(networkOf(visit), visit.nowMs),
    mayPoll: ({ nowMs }: Visit, deviceCode: string): boolean =>
      pollsOfCode.spend(hashToken(deviceCode), nowMs),
    mayFail: (visit: Visit): boolean => failures.spend(networkOf(visit), visit.nowMs),
  };
}

/** What nobody asks who has a code and waits for the person. */
function isFailure(redeemed: Redeemed): boolean {
  return (
    redeemed.kind === 'refused' &&
    redeemed.error !== 'authorization_pending' &&
    redeemed.error !== 'access_denied'
  );
}

async function issueCode({ store }: Context, visit: PersonVisit, ask: LoopbackAsk): Promise<string> {
  const code = createToken();
  const { name, challenge } = ask;
  const waiting: Waiting = { name, challenge, loginId: visit.session.id, by: 'code' };
  await store.once.put(codeKey(code), JSON.stringify(waiting), visit.nowMs + codeTimeMs);
  return code;
}

/** Nobody who reads the store finds the code that is typed. */
function askKey({ sealer }: Context, userCode: string): string {
  return `device-ask:${sealer.mac('user-code', [userCode])}`;
}

/** Stands once somebody said so: the same button pressed twice is answered twice. */
function answeredKeyOf(
  { sealer }: Context,
  userCode: string,
  { session }: PersonVisit,
  answer: TerminalAnswer,
): string {
  return `device-answered:${sealer.mac('user-code', [userCode, session.id, answer])}`;
}

async function issueDevice(
  context: Context,
  visit: Visit,
  { name, challenge }: ProgramClaim,
  country: string | null,
): Promise<IssuedDevice> {
  const { ip, nowMs } = visit;
  const [deviceCode, userCode] = [createToken(), createUserCode()];
  const answerKey = answerKeyOf(deviceCode);
  const ask: StoredAsk = { name, challenge, ip, country, beganAtMs: nowMs, answerKey };
  const { once } = context.store;
  await once.put(askKey(context, userCode), JSON.stringify(ask), nowMs + deviceTimeMs);
  await once.mark(`${answerKey}:open`, nowMs + deviceTimeMs, nowMs);
  return { deviceCode, userCode };
}

async function findAsk(context: Context, userCode: string, nowMs: number): Promise<StoredAsk | null> {
  const text = await context.store.once.look(askKey(context, userCode), nowMs);
  const ask = text === null ? null : checkAsk(JSON.parse(text));
  return ask === null || isAhead(ask.beganAtMs, nowMs) ? null : ask;
}

async function redeem(context: Context, visit: Visit, grant: TerminalGrant): Promise<Redeemed> {
  const { once } = context.store;
  const { nowMs } = visit;
  const key = grant.by === 'code' ? codeKey(grant.code) : answerKeyOf(grant.deviceCode);
  // Who only asks whether it is time writes nothing.
  if (grant.by === 'device' && !(await once.has(key, nowMs))) {
    if (await once.has(`${key}:used`, nowMs)) return { kind: 'refused', error: 'invalid_grant' };
    const isOpen = await once.has(`${key}:open`, nowMs);
    return { kind: 'refused', error: isOpen ? 'authorization_pending' : 'expired_token' };
  }
  const text = await once.take(key, nowMs);
  if (text === null) return { kind: 'refused', error: 'invalid_grant' };
  if (grant.by === 'device') await once.mark(`${key}:used`, nowMs + deviceTimeMs, nowMs);
  const waiting = checkWaiting(JSON.parse(text));
  // Whoever has the code without its secret uses it up: so does the thief, and so does nobody else.
  if (waiting === null || !isSameSecret(hashToken(grant.verifier), waiting.challenge))
    return { kind: 'refused', error: 'invalid_grant' };
  if (waiting.loginId === null) return { kind: 'refused', error: 'access_denied' };
  return (
    (await issueToken(context, visit, { ...waiting, loginId: waiting.loginId })) ?? {
      kind: 'refused',
      error: 'invalid_grant',
    }
  );
}

async function issueToken(
  { store, telemetry }: Context,
  visit: Visit,
  { loginId, name, by }: Waiting & { readonly loginId: string },
): Promise<Redeemed | null> {
  const { sessions } = store;
  const login = await sessions.findLogin(loginId);
  if (login === null) return null;
  const { idp, sub, email } = login.identity;
  const terminals = (await sessions.listPrograms(idp, sub)).filter(
    (one) => one.login.id === loginId && one.program.kind === 'terminal',
  );
  for (const { hash } of terminals.slice(0, Math.max(0, terminals.length + 1 - mostTerminals)))
    await sessions.removeToken(hash);
  const token = createSecret('u');
  const hash = hashToken(token);
  const held = { hash, host: programHost(hash), createdAtMs: visit.nowMs };
  const program = { kind: 'terminal', name, applications: null } as const;
  if (!(await sessions.addToken(loginId, { ...held, program }, visit.nowMs))) return null;
  telemetry.event('terminal_login', {
    ...{ ...visitFields(visit), sub, email, session: logIdOf(loginId), name, by },
  });
  return { kind: 'token', token, expiresAtMs: login.expiresAtMs };
}

function checkAsk(value: unknown): StoredAsk | null {
  if (!isRecord(value)) return null;
  const { name, challenge, ip, country, beganAtMs, answerKey } = value;
  return typeof name === 'string' &&
    typeof challenge === 'string' &&
    typeof answerKey === 'string' &&
    typeof beganAtMs === 'number' &&
    (ip === null || typeof ip === 'string') &&
    (country === null || typeof country === 'string')
    ? { name, challenge, ip, country, beganAtMs, answerKey }
    : null;
}

function checkWaiting(value: unknown): Waiting | null {
  if (!isRecord(value)) return null;
  const { name, challenge, loginId, by } = value;
  return typeof name === 'string' &&
    typeof challenge === 'string' &&
    (loginId === null || typeof loginId === 'string') &&
    (by === 'code' || by === 'device')
    ? { name, challenge, loginId, by }
    : null;
}
