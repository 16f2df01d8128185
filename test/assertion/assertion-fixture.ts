// Sessions, settings and a telemetry recorder, as the assertion tests need them.
import type { CanonicalHost } from '../../src/http/request-target.ts';
import type { Service } from '../../src/identity/principal.ts';
import type { Session } from '../../src/identity/sessions/session.ts';
import type { Identity } from '../../src/rules/model/facts.ts';
import type { Settings } from '../../src/settings/settings.ts';
import type { EventFields } from '../../src/telemetry/events.ts';
import type { Telemetry } from '../../src/telemetry/request-record.ts';

export const startMs = Date.UTC(2026, 10, 21, 12, 0, 0);
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

export const alice: Identity = {
  sub: 'alice-1',
  email: 'alice@example.com',
  name: 'Alice Example',
  groups: ['engineers', 'staff'],
  claims: { department: 'it' },
  idp: 'google',
  amr: ['pwd', 'mfa'],
  acr: null,
  authTimeMs: startMs - minute,
  hardwareKey: null,
};

export function sessionOf(change: Partial<Session> = {}): Session {
  return {
    kind: 'person',
    id: 'session-of-alice',
    logId: 'abc',
    host: 'wiki.example.com' as CanonicalHost,
    identity: alice,
    revision: 1,
    createdAtMs: startMs - minute,
    expiresAtMs: startMs + 365 * day,
    mustAskPerson: false,
    program: null,
    ...change,
  };
}

export function serviceOf(change: Partial<Service> = {}): Service {
  return {
    ...{ kind: 'service', id: 'token-1', logId: 'def', name: 'ci', revision: 1 },
    expiresAtMs: startMs + 365 * day,
    ...change,
  };
}

/** The part of the settings that assertions read. */
export function settingsOf(authUrl = 'https://auth.example.com', lifetimeMs = 5 * minute): Settings {
  const part: Pick<Settings, 'authUrl' | 'assertion'> = {
    authUrl,
    assertion: { header: 'X-Bouncer-Jwt-Assertion', lifetimeMs, algorithm: 'ES256' },
  };
  return part as Settings;
}

export interface RecordedEvents extends Telemetry {
  readonly events: { readonly name: string; readonly fields: EventFields }[];
}

export function recordEvents(): RecordedEvents {
  const events: { name: string; fields: EventFields }[] = [];
  return { events, request: () => {}, event: (name, fields) => void events.push({ name, fields }) };
}
