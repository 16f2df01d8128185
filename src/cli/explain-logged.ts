// A request of the log explained by the rules as they are now: what it was, who asked as far as can still be known, and why.
import { createReadStream, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { BouncerError } from '../bouncer-error.ts';
import { parseOpaqueTarget } from '../http/canonical-path.ts';
import { logIdOf } from '../identity/opaque-token.ts';
import type { ExplainableRules } from '../rules/decide/compile-rules.ts';
import type { Identity, Unsettled } from '../rules/model/facts.ts';
import { type Explanation, explain } from '../rules/review/explain.ts';
import type { Settings } from '../settings/settings.ts';
import { openStore } from '../store/open-store.ts';
import type { PersonOptions } from './described-facts.ts';
import { findRecord, type LoggedRequest } from './logged-request.ts';
import type { Terminal } from './terminal.ts';

/** An explanation with what stands above it. */
export interface Explained {
  readonly explanation: Explanation;
  /** For people: what the log said, and where the facts come from. */
  readonly before: string;
  /** For machines: the same. */
  readonly more: Readonly<Record<string, unknown>>;
}

interface Context {
  readonly settings: Settings;
  readonly rules: ExplainableRules;
  readonly terminal: Terminal;
}

/** Who asked. The log holds no groups and claims; the store does, as long as the person has a session. */
interface Asker {
  readonly identity: Identity | null;
  /** `session`: of that very session; `person`: of another one of theirs; `log`: what the log tells. */
  readonly from: 'session' | 'person' | 'log' | 'nobody';
}

/** @throws BouncerError `usage` when the log cannot be read or has no such request; `store_unavailable` */
export async function explainLogged(
  requestId: string,
  options: PersonOptions & { readonly log: string },
  context: Context,
): Promise<Explained> {
  const logged = await readLogged(requestId, options.log, context.terminal);
  const asker = await findAsker(logged, context.settings);
  const target = parseOpaqueTarget(logged.path);
  const explanation = explain(context.rules, {
    host: logged.host ?? '',
    target: logged.host === null ? { problem: logged.reason } : target,
    facts: {
      identity: asker.identity === null ? null : asTold(asker.identity, options, context.settings, logged),
      serviceToken: null,
      ip: logged.ip,
      country: options.country ?? null,
      method: logged.method,
      nowMs: logged.timeMs,
    },
  });
  const isTold = [options.group, options.groups, options.amr].some((option) => option !== undefined);
  return {
    explanation,
    before: renderLogged(logged, explanation, isTold ? 'nobody' : asker.from),
    more: { logged, identity_from: asker.from },
  };
}

async function readLogged(requestId: string, log: string, terminal: Terminal): Promise<LoggedRequest> {
  if (log === '-' && terminal.stdin.isTTY === true)
    terminal.stderr.write('reading the log from standard input; --log FILE reads a file\n');
  let record: LoggedRequest | null;
  try {
    record = await findRecord(
      log === '-' ? terminal.stdin : createReadStream(resolve(terminal.cwd, log)),
      requestId,
    );
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new BouncerError('usage', `the log \`${log}\` cannot be read (${code})`, { cause: error });
  }
  if (record !== null) return record;
  throw new BouncerError('usage', `the log has no request \`${requestId}\``, {
    hint: 'give the log file with --log FILE, or on standard input; the log must be in the `json` format',
  });
}

async function findAsker(logged: LoggedRequest, settings: Settings): Promise<Asker> {
  const { sub, idp } = logged;
  if (sub === null) return { identity: null, from: 'nobody' };
  const hasStore = settings.postgres !== null || existsSync(settings.dataDir);
  const store = hasStore ? await openStore(settings) : null;
  try {
    const logins = ((await store?.sessions.list()) ?? [])
      .map(({ login }) => login)
      .filter(({ identity }) => identity.sub === sub && identity.idp === idp);
    const same = logins.find(({ id }) => logIdOf(id) === logged.session);
    const found = same ?? logins[0];
    if (found !== undefined)
      return {
        identity: asThen(found.identity, logged.timeMs),
        from: same === undefined ? 'person' : 'session',
      };
  } finally {
    await store?.close();
  }
  const identity: Identity = {
    ...{ sub, email: logged.email, name: null, groups: [], claims: {}, idp: idp ?? '', amr: [], acr: null },
    authTimeMs: logged.timeMs,
    hardwareKey: null,
    unsettled: unknownClaims(settings, idp),
  };
  return { identity, from: 'log' };
}

/** Of what the log does not hold, nothing is known. */
function unknownClaims({ identityProviders }: Settings, idp: string | null): Unsettled {
  const kept = identityProviders.find(({ id }) => id === idp)?.claims ?? [];
  return {
    email: null,
    groups: 'not-known',
    amr: 'not-known',
    claims: Object.fromEntries(kept.map((name) => [name, 'not-known'])),
  };
}

/** Without what was done after the request: a key used since did not help then. */
function asThen(identity: Identity, timeMs: number): Identity {
  const { hardwareKey, authTimeMs } = identity;
  return {
    ...identity,
    authTimeMs: authTimeMs === null ? null : Math.min(authTimeMs, timeMs),
    hardwareKey: hardwareKey !== null && (hardwareKey.usedAtMs ?? 0) <= timeMs ? hardwareKey : null,
  };
}

/** With what the command line adds. */
function asTold(
  identity: Identity,
  told: PersonOptions,
  settings: Settings,
  { timeMs }: LoggedRequest,
): Identity {
  const { group, amr } = told;
  const provider = settings.identityProviders.find(({ id }) => id === identity.idp);
  const hasKey = amr?.some((value) => provider?.hardwareKey.amr.includes(value)) === true;
  return {
    ...identity,
    groups: group ?? identity.groups,
    amr: amr ?? identity.amr,
    unsettled: settledBy(told, identity.unsettled),
    hardwareKey: hasKey ? { usedAtMs: timeMs, aaguid: null } : identity.hardwareKey,
  };
}

/** What the command line says is settled by it. */
function settledBy({ group, groups, amr }: PersonOptions, known: Unsettled | undefined): Unsettled {
  const before = known ?? { email: null, groups: null, amr: null, claims: {} };
  const groupsNow = group === undefined ? before.groups : null;
  return {
    email: before.email,
    groups: groups === 'unsettled' ? 'not-known' : groupsNow,
    amr: amr === undefined ? before.amr : null,
    claims: before.claims,
  };
}

const origins: Readonly<Record<Asker['from'], string>> = {
  session: 'who asked is as their session has it now',
  person: 'that session is over; who asked is as another session of theirs has it now',
  log: 'they have no session any more, and the log holds no groups: add what is missing with --group and --amr',
  nobody: '',
};

function renderLogged(logged: LoggedRequest, now: Explanation, from: Asker['from']): string {
  const because = logged.policy === null ? logged.reason : `${logged.reason}, policy ${logged.policy}`;
  const { decision } = now;
  const isSame =
    decision === null
      ? now.refusal === logged.reason
      : decision.reason === logged.reason && decision.policy === logged.policy;
  const then = `in the log   ${logged.time}: ${logged.status}, ${logged.decision} (${because})\n`;
  const today = `today        ${isSame ? 'the same' : 'another answer: the rules or the person changed since, or it was no matter of rules'}\n`;
  const origin = origins[from] === '' ? '' : `             ${origins[from]}\n`;
  return `${then}${today}${origin}\n`;
}
