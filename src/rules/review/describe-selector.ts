// Selectors in words: what was written, and why it holds or not for a request. Decides nothing itself.
import { renderDuration } from '../../source/parse-duration.ts';
import { isObjectId } from '../decide/compile-selector.ts';
import { type ClaimFault, type EmailFault, type Facts, type Identity, isProgram } from '../model/facts.ts';
import type { SelectorCondition } from '../model/rules-set.ts';
import { type TimeWindow, weekDays } from '../model/time-window.ts';
import { type Truth, yes } from '../model/truth.ts';
import { describePattern, explainWorkload } from './describe-workload.ts';

/** How many values of a list are shown. */
const shown = 3;

/** A selector as it could stand in a file, long lists cut. */
export function describeSelector(selector: SelectorCondition): string {
  switch (selector.kind) {
    case 'everyone':
    case 'authenticated':
    case 'any_service_token':
    case 'granted':
      return selector.kind;
    case 'rule_group':
      return `rule_group: ${listValues(selector.names)}`;
    case 'claim':
      return `claim: ${selector.name} equals ${listValues(selector.values.map(String))}`;
    case 'hardware_key': {
      const { maxAgeMs, aaguids, source } = selector;
      const limits = [
        ...(maxAgeMs === null ? [] : [`max_age ${renderDuration(maxAgeMs)}`]),
        ...(aaguids === null ? [] : [`aaguid ${listValues(aaguids)}`]),
        ...(source === 'any' ? [] : [`source ${source}`]),
      ];
      return limits.length === 0 ? selector.kind : `hardware_key: ${limits.join(', ')}`;
    }
    case 'login_age':
      return `login_age: ${renderDuration(selector.maxAgeMs)}`;
    case 'ip':
      return `ip: ${listValues(selector.networks.map((network) => network.text))}`;
    case 'time':
      return `time: ${selector.windows.map(describeWindow).join(', or ')}`;
    case 'workload':
      return `workload: ${selector.workloads.map(describePattern).join(', or ')}`;
    default:
      return `${selector.kind}: ${listValues(selector.values)}`;
  }
}

/** Why a selector came out as it did, in a few words. Rule groups tell by their parts. */
export function explainSelector(selector: SelectorCondition, truth: Truth, facts: Facts): string {
  const { identity } = facts;
  switch (selector.kind) {
    case 'everyone':
      return 'always';
    case 'method':
      return `the method is ${facts.method}`;
    case 'ip':
      return facts.ip === null ? safeSide('the address is not known', truth) : `the address is ${facts.ip}`;
    case 'country':
      return facts.country === null
        ? safeSide('the country is not known', truth)
        : `the country is ${facts.country}`;
    case 'time':
      return `now is ${describeMoment(facts.nowMs, selector.windows[0]?.timezone ?? 'UTC')}`;
    case 'service_token':
    case 'any_service_token':
      return facts.serviceToken === null
        ? 'no service token was presented'
        : `the token is ${facts.serviceToken}`;
    case 'workload':
      return explainWorkload(selector.workloads, facts);
    case 'rule_group':
      return '';
    default:
      if (identity !== null) return explainPersonal(selector, truth, identity, facts);
      return isProgram(facts) ? 'a service is asking, not a person' : 'nobody is logged in';
  }
}

function explainPersonal(
  selector: SelectorCondition,
  truth: Truth,
  identity: Identity,
  facts: Facts,
): string {
  const { nowMs } = facts;
  switch (selector.kind) {
    case 'authenticated':
      return 'somebody is logged in';
    case 'granted':
      return describeGrants(facts);
    case 'email':
    case 'email_domain':
      return identity.email === null
        ? safeSide(describeNoEmail(identity.unsettled?.email ?? null), truth)
        : `the address is ${identity.email}`;
    case 'group': {
      const common = identity.groups.find((group) => selector.values.includes(group));
      if (common !== undefined) return `the groups contain ${common}`;
      const known =
        identity.groups.length === 0
          ? 'no groups are known'
          : `the groups are ${listValues(identity.groups)}`;
      const fault = identity.unsettled?.groups ?? null;
      return explainUnsettled(known, isSettled(selector.values, fault) ? null : fault, truth);
    }
    case 'claim': {
      const fault = ownFault(identity, selector.name);
      if (!Object.hasOwn(identity.claims, selector.name))
        return fault === null
          ? 'the provider did not send it'
          : explainUnsettled('it is not known', fault, truth);
      const known = `it is ${cut(JSON.stringify(identity.claims[selector.name]) ?? 'nothing')}`;
      return explainUnsettled(known, fault, truth);
    }
    case 'login_method':
      return `logged in with ${identity.idp}`;
    case 'auth_method': {
      const common = identity.amr.find((method) => selector.values.includes(method));
      if (common !== undefined) return `logged in by ${listValues(identity.amr)}`;
      const known =
        identity.amr.length === 0
          ? 'the provider said no method'
          : `logged in by ${listValues(identity.amr)}`;
      return explainUnsettled(known, identity.unsettled?.amr ?? null, truth);
    }
    case 'hardware_key': {
      const uses = [
        ...(selector.source === 'bouncer' ? [] : describeSaidKey(identity, nowMs)),
        ...(selector.source === 'provider' ? [] : describeOwnKey(identity, nowMs)),
      ];
      return uses.length === 0 ? 'no hardware key was used in this session' : uses.join('; ');
    }
    case 'login_age':
      return identity.authTimeMs === null
        ? 'the provider did not say when this person logged in'
        : `logged in ${ago(nowMs - identity.authTimeMs)}`;
    default:
      return '';
  }
}

/** Of this application and area alone. */
function describeGrants({ grants, nowMs }: Facts): string {
  if (grants === 'assumed') return 'access was granted for a time';
  const ends = (grants ?? []).map(({ endsAtMs }) => endsAtMs);
  if (ends.length === 0) return 'no access was granted here for a time';
  const last = Math.max(...ends);
  return `access was granted ${last > nowMs ? 'until' : 'and ended at'} ${describeMoment(last, 'UTC')}`;
}

const faults: Readonly<Record<ClaimFault, string>> = {
  missing: 'the provider did not send them',
  'by-reference': 'the provider sent a reference in their place',
  'wrong-type': 'the provider sent them in a form that cannot be used',
  'odd-items': 'the provider sent some in a form that cannot be used',
  'too-large': 'the provider sent more than is kept',
  'ids-only': 'the provider told their ids, but not their names',
  withheld: 'the provider keeps some of them back',
  'not-known': 'nobody wrote down what the provider sent',
};

/** As the selector itself counts it. */
function isSettled(values: readonly string[], fault: ClaimFault | null): boolean {
  return fault === null || (fault === 'ids-only' && values.every(isObjectId));
}

const emailFaults: Readonly<Record<EmailFault, string>> = {
  'email-missing': 'the provider sent none',
  'email-malformed': 'what the provider sent is not one',
  'email-not-verified': 'email-not-verified: the provider does not say that it checked it',
  'email-outside-provider': 'email-outside-provider: this provider does not speak for that domain',
};

function describeNoEmail(fault: EmailFault | null): string {
  const known = 'no verified e-mail address is known';
  return fault === null ? known : `${known} (${emailFaults[fault]})`;
}

/** Why something counts for the safe side; what is settled, and what is there, needs no such words. */
function explainUnsettled(known: string, fault: ClaimFault | null, truth: Truth): string {
  return fault === null ? known : safeSide(`${known} (${faults[fault]})`, truth);
}

function ownFault({ unsettled }: Identity, name: string): ClaimFault | null {
  return unsettled !== undefined && Object.hasOwn(unsettled.claims, name)
    ? (unsettled.claims[name] ?? null)
    : null;
}

function safeSide(what: string, truth: Truth): string {
  return `${what}: counts as ${truth === yes ? 'matching' : 'not matching'}, to be safe`;
}

function ago(ms: number): string {
  return ms < 1000
    ? 'just now'
    : `${renderDuration(ms < 60_000 ? ms : Math.floor(ms / 60_000) * 60_000)} ago`;
}

/** A moment on the clocks of a time zone: `Mon 2026-03-02 09:30 Europe/Lisbon`. */
export function describeMoment(ms: number, timezone: string): string {
  const parts: Record<string, string> = {};
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  for (const { type, value } of format.formatToParts(ms)) parts[type] = value;
  return `${parts['weekday']} ${parts['year']}-${parts['month']}-${parts['day']} ${parts['hour']}:${parts['minute']} ${timezone}`;
}

function describeWindow(window: TimeWindow): string {
  const clock = (minute: number) =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
  const days = window.days;
  const parts = [
    ...(days === null ? [] : [weekDays.filter((_, index) => days[index]).join(' ')]),
    ...(window.fromMinute === 0 && window.toMinute === 1440
      ? []
      : [`${clock(window.fromMinute)} to ${clock(window.toMinute)}`]),
    ...(window.notBeforeMs === null ? [] : [`from ${describeMoment(window.notBeforeMs, window.timezone)}`]),
    ...(window.endMs === null ? [] : [`before ${describeMoment(window.endMs, window.timezone)}`]),
    ...(window.notBeforeMs === null && window.endMs === null ? [window.timezone] : []),
  ];
  return parts.join(', ');
}

/** The first values of a list, and how many more there are. */
export function listValues(values: readonly string[]): string {
  const first = values.slice(0, shown).map(cut).join(', ');
  return values.length <= shown ? first : `${first} and ${values.length - shown} more`;
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function describeSaidKey({ hardwareKey }: Identity, nowMs: number): readonly string[] {
  if (hardwareKey === null) return [];
  return hardwareKey.usedAtMs === null
    ? ['a key was used, and the provider did not say when']
    : [`a key was used ${ago(nowMs - hardwareKey.usedAtMs)}`];
}

function describeOwnKey({ ownKey }: Identity, nowMs: number): readonly string[] {
  if (ownKey === undefined) return [];
  const make = ownKey.aaguid === null ? 'of a make that is not proven' : `of make ${ownKey.aaguid}`;
  return [`an own key ${make} was used ${ago(nowMs - ownKey.usedAtMs)}`];
}
