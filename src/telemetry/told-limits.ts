// How each of the `limits` of the settings is told of when it takes something from somebody. A new limit does not compile without a row.
import type { Reason } from '../http/refusals.ts';
import type { SettingsData } from '../settings/settings-schema.ts';

type LimitKey = keyof SettingsData['limits'];

/** By which refusals it is counted; `noted`: whoever enforces it says so; `quiet`: why there is nothing to tell. */
type Telling = { readonly refusals: readonly Reason[] } | 'noted' | { readonly quiet: string };

export const toldLimits = {
  header_bytes: { refusals: ['headers-too-large'] },
  cookie_bytes: { refusals: ['cookies-too-large'] },
  header_count: { refusals: ['headers-too-many'] },
  url_bytes: { refusals: ['url-too-long'] },
  body_bytes: { refusals: ['body-too-large'] },
  preserved_body_bytes: { refusals: ['form-too-large'] },
  headers_timeout: 'noted',
  request_timeout: 'noted',
  keep_alive_timeout: { quiet: 'an idle connection ends, and the client opens another when it needs one' },
  connections: 'noted',
  connections_per_address: 'noted',
  write_timeout: 'noted',
  stalled_per_address: 'noted',
  failed_logins_per_address: 'noted',
  failed_logins_per_provider: 'noted',
  drain_delay: { quiet: 'it takes nothing from anybody: the end begins later' },
  drain_timeout: 'noted',
} as const satisfies Readonly<Record<LimitKey, Telling>>;

type Told = {
  [Key in keyof typeof toldLimits]: (typeof toldLimits)[Key] extends { readonly quiet: string } ? never : Key;
}[keyof typeof toldLimits];

/** What the metric and the event call a limit: as the settings do, or the options of an application. */
export type LimitName = Told | 'max_connections_per_client' | 'max_websockets_per_client';

const told: readonly (readonly [string, Telling])[] = Object.entries(toldLimits);

export const limitNames: readonly LimitName[] = [
  ...told.flatMap(([key, how]) => (how === 'noted' || 'refusals' in how ? [key as Told] : [])),
  ...(['max_connections_per_client', 'max_websockets_per_client'] as const),
];

/** The limit that a refusal with this reason is about. */
export const limitOfRefusal: ReadonlyMap<string, LimitName> = new Map(
  told.flatMap(([key, how]) =>
    typeof how === 'object' && 'refusals' in how
      ? how.refusals.map((reason) => [reason, key as Told] as const)
      : [],
  ),
);
