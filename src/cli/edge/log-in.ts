// Logs this terminal in: the browser of this computer comes back to it (RFC 8252, with PKCE), or the person types a code elsewhere
// (RFC 8628).
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { BouncerError } from '../../bouncer-error.ts';
import { logText } from '../../http/log-text.ts';
import type { Terminal } from '../terminal.ts';
import { askEdge } from './ask-edge.ts';
import type { Edge, StepUp } from './edge.ts';
import { listenOnLoopback } from './loopback-listener.ts';
import { openBrowser } from './open-browser.ts';

/** Five minutes, as long as the other side waits. Milliseconds. */
const timeMs = 300_000;

interface Proof {
  readonly verifier: string;
  readonly challenge: string;
}

/** RFC 7636 sections 4.1 and 4.2. */
function createProof(): Proof {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** How a terminal asks to be let in. */
export interface TerminalWish {
  /** What the person sees of this terminal. */
  readonly name: string;
  /** What they have to bring besides a login; `null`: nothing. */
  readonly stepUp: StepUp | null;
}

/**
 * By the browser of this computer.
 *
 * @returns the token
 * @throws BouncerError `login_failed`
 */
export async function logInByBrowser(
  terminal: Terminal,
  { authUrl }: Edge,
  { name, stepUp }: TerminalWish,
): Promise<string> {
  const proof = createProof();
  const state = randomBytes(24).toString('base64url');
  const listener = await listenOnLoopback(state);
  try {
    const page = new URL(`${authUrl}/.bouncer/terminal`);
    const asked = { code_challenge: proof.challenge, state, port: String(listener.port), name, ...stepUp };
    page.search = new URLSearchParams(asked).toString();
    terminal.stderr.write(
      `Your browser opens. If it does not, open this on the same computer:\n\n  ${page.href}\n\n`,
    );
    openBrowser(page.href, terminal);
    const code = await listener.waitForCode(timeMs);
    if (code === null) throw new BouncerError('login_failed', 'you said no, so nothing was let in');
    const token = await redeem(terminal, authUrl, { code, code_verifier: proof.verifier });
    listener.finish('logged-in');
    return token;
  } catch (error) {
    listener.finish('failed');
    throw error;
  } finally {
    listener.close();
  }
}

async function redeem(
  terminal: Terminal,
  authUrl: string,
  form: Readonly<Record<string, string>>,
): Promise<string> {
  const answer = await askEdge(terminal, { url: `${authUrl}/.bouncer/terminal/token`, form });
  const token = answer.json['access_token'];
  if (answer.status === 200 && typeof token === 'string') return token;
  throw refused(answer.json['error'], answer.status);
}

/**
 * By a code that the person types in any browser.
 *
 * @returns the token
 * @throws BouncerError `login_failed`
 */
export async function logInByCode(
  terminal: Terminal,
  { authUrl }: Edge,
  { name, stepUp }: TerminalWish,
): Promise<string> {
  const proof = createProof();
  const form = { code_challenge: proof.challenge, name };
  const begun = await askEdge(terminal, { url: `${authUrl}/.bouncer/terminal/device`, form });
  const { device_code: deviceCode, user_code: userCode, verification_uri: page } = begun.json;
  if (typeof deviceCode !== 'string' || typeof userCode !== 'string' || typeof page !== 'string')
    throw refused(begun.json['error'], begun.status);
  terminal.stderr.write(
    `Open this in any browser, and type the code there:\n\n  ${logText(typingPage(authUrl, page, stepUp), 400)}\n\n  ${logText(userCode, 32)}\n\n`,
  );
  let intervalMs = secondsOf(begun.json['interval'], 5) * 1000;
  // By how much time has passed here, not by what either clock says.
  const endMs = performance.now() + Math.min(secondsOf(begun.json['expires_in'], 300) * 1000, timeMs);
  while (performance.now() < endMs) {
    await wait(intervalMs);
    const grant = { device_code: deviceCode, code_verifier: proof.verifier };
    const answer = await askEdge(terminal, { url: `${authUrl}/.bouncer/terminal/token`, form: grant }).catch(
      // One question without an answer is not the end (RFC 8628 section 3.5).
      () => ({ status: 0, json: { error: 'authorization_pending' } }),
    );
    const token = 'access_token' in answer.json ? answer.json['access_token'] : undefined;
    if (answer.status === 200 && typeof token === 'string') return token;
    const error = answer.json['error'];
    if (error === 'slow_down') intervalMs += 5_000;
    // Nor is an answer of somebody who stands in for it while it is away.
    else if (error !== 'authorization_pending' && answer.status < 500) throw refused(error, answer.status);
  }
  throw refused('expired_token', 0);
}

/** Where the code is typed: with a step-up before it. */
function typingPage(authUrl: string, page: string, stepUp: StepUp | null): string {
  if (stepUp === null) return page;
  return `${authUrl}/.bouncer/login?${new URLSearchParams({ return_to: '/.bouncer/device', ...stepUp })}`;
}

function secondsOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' && value >= 1 && value <= 600 ? value : otherwise;
}

const refusals: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  access_denied: ['you said no, so nothing was let in', 'run the command again when that was a slip'],
  expired_token: ['nobody typed the code in time', 'run the command again'],
  invalid_grant: ['the login did not hold until the end', 'run the command again'],
  slow_down: ['too many logins were tried from here', 'wait five minutes'],
  unauthorized_client: [
    'no codes are typed there: this bouncer logs in only terminals on the computer of the browser',
    'run the command on the computer where your browser is',
  ],
};

function refused(error: unknown, status: number): BouncerError {
  const known = typeof error === 'string' && Object.hasOwn(refusals, error) ? refusals[error] : undefined;
  if (known === undefined)
    return new BouncerError('login_failed', `the login was refused (${status})`, {
      hint: 'try again in a moment',
    });
  return new BouncerError('login_failed', known[0], { hint: known[1] });
}
