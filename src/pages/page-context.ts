// What the gateway hands to the pages: a visit that was gated, routed and identified, with the snapshot that it belongs to.
import type { GatedRequest } from '../http/gated-request.ts';
import type { Visit } from '../identity/login/login-step.ts';
import type { CompiledRules } from '../rules/model/compiled-rules.ts';
import type { Facts } from '../rules/model/facts.ts';
import type { Settings } from '../settings/settings.ts';
import type { Texts } from '../texts/texts-shape.ts';
import type { PageLook } from '../ui/layout.ts';
import { logoHref } from './logo-address.ts';

/** One request for one of bouncer's own endpoints. */
export interface VisitContext {
  readonly visit: Visit;
  readonly request: GatedRequest;
  readonly settings: Settings;
  readonly rules: CompiledRules;
  /** True when the request's host is `auth_url`'s, be it an application's host too or not. */
  readonly isAuthHost: boolean;
  /** What is known of the request, for the start page's decisions. */
  readonly facts: Facts;
}

/** The same, with the texts in the visitor's language: what every page is made from. */
export interface PageContext extends VisitContext {
  readonly texts: Texts;
}

/** What all pages of the visit have in common. */
export function lookOf({ settings, texts }: Pick<PageContext, 'settings' | 'texts'>): PageLook {
  const { name, logo, color } = settings.branding;
  const href = logoHref(settings);
  const picture = href === null || logo === null ? null : { href, isWide: logo.isWide };
  return { brand: { name, color, logo: picture }, texts };
}
