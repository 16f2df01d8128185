// Providers, applications and clients: what does not answer, and what is kept from an application.
import { type EventRows, failure } from './event-row.ts';

export const outside = {
  provider_unreachable: {
    level: 'error',
    fields: { provider: 'text', ...failure },
    means: 'nobody new can log in by it; who is logged in carries on',
    hint: '**always**: can this machine reach the provider?',
  },
  provider_reachable: {
    level: 'info',
    fields: { provider: 'text' },
    means: 'it answers again',
    hint: null,
  },
  upstream_unhealthy: {
    level: 'warn',
    fields: { application: 'text', upstream: 'text', cause: 'text' },
    means: 'an application’s server does not answer',
    hint: '**always**: is the application running?',
  },
  upstream_healthy: {
    level: 'info',
    fields: { application: 'text', upstream: 'text' },
    means: 'it answers again',
    hint: null,
  },
  header_dropped: {
    level: 'info',
    fields: { application: 'text', header: 'text', claims: 'text' },
    means:
      'a client sent this header, which claims something that only a proxy may say; the application does not get it. Once for each application and name',
    hint: 'when an application misses it: `request_headers: { pass: […] }`',
  },
} as const satisfies EventRows;
