// The response headers of every page that bouncer shows in its own name: helmet's, with a policy that admits nothing but the page itself.
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet, { type HelmetOptions } from 'helmet';
import { isRedirectProvider } from '../settings/redirect-provider.ts';
import type { Settings } from '../settings/settings.ts';
import type { Texts } from '../texts/texts-shape.ts';
import { sendOnHash, styleHash } from '../ui/layout.ts';
import { keyScriptHash } from './key-script.ts';
import { logoAddress } from './logo-address.ts';
import { sendOnceHash } from './send-once-script.ts';

/** Where a form of ours may lead in the end: browsers hold a form's redirects to this too (CSP Level 3 section 6.4.1.1). */
export function formTargets(settings: Settings): readonly string[] {
  const origins = new Set<string>([new URL(settings.authUrl).origin]);
  for (const provider of settings.identityProviders)
    if (isRedirectProvider(provider))
      origins.add(new URL(provider.type === 'oidc' ? provider.issuer : provider.url).origin);
  return [...origins];
}

/** What a page needs beyond what every page has. */
interface Needs {
  /** The origin that its form goes to by itself. */
  readonly sendsTo: string | null;
  /** The source expression of its one script. */
  readonly script: string | null;
  /** Whether its script reads the page again. */
  readonly readsItself?: true;
  /** Whether it frames pages of this very origin. */
  readonly frames?: true;
}

const nothing: Needs = { sendsTo: null, script: null };

/**
 * `Referrer-Policy` is `same-origin` and not helmet's `no-referrer`, because the latter makes browsers send `Origin: null`
 * with our own forms (Fetch section 3.2), which says nothing about where they come from.
 */
function helmetOptions(settings: Settings, { sendsTo, script, readsItself, frames }: Needs): HelmetOptions {
  const logo = logoAddress(settings);
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'style-src': [styleHash(settings.branding.color)],
        'img-src': ['data:', ...(logo === null ? [] : [logo])],
        'form-action': ["'self'", ...formTargets(settings), ...(sendsTo === null ? [] : [sendsTo, 'https:'])],
        ...(script === null ? {} : { 'script-src': [script] }),
        ...(readsItself === true ? { 'connect-src': ["'self'"] } : {}),
        ...(frames === true ? { 'frame-src': ["'self'"] } : {}),
        'frame-ancestors': ["'none'"],
        'base-uri': ["'none'"],
      },
    },
    referrerPolicy: { policy: sendsTo === null ? 'same-origin' : 'strict-origin' },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: settings.authUrl.startsWith('https:')
      ? { maxAge: 31_536_000, includeSubDomains: false }
      : false,
  };
}

function computeHeaders(settings: Settings, needs: Needs): Readonly<Record<string, string>> {
  // helmet writes on a response, so it gets one that goes nowhere, and what it wrote is kept.
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  helmet(helmetOptions(settings, needs))(request, response, (error) => {
    if (error !== undefined) throw error;
  });
  const headers: Record<string, string> = { 'Cache-Control': 'no-store' };
  for (const [name, value] of Object.entries(response.getHeaders())) {
    headers[name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())] = String(value);
  }
  return Object.freeze(headers);
}

/**
 * The header fields of a page whose only form goes to another origin by itself. The provider there may lead on to others that it asks
 * in turn, and browsers hold those redirects to the page's policy too; it is told who sends the form.
 */
export function sendOnHeaders(settings: Settings, action: string): Readonly<Record<string, string>> {
  return computeHeaders(settings, { sendsTo: new URL(action).origin, script: sendOnHash() });
}

/** The header fields of a page that asks a hardware key. */
export function keyPageHeaders(settings: Settings): Readonly<Record<string, string>> {
  return computeHeaders(settings, { sendsTo: null, script: keyScriptHash(), readsItself: true });
}

/** The header fields of a page whose form is not to be sent twice. */
export function sendOnceHeaders(settings: Settings): Readonly<Record<string, string>> {
  return computeHeaders(settings, { sendsTo: null, script: sendOnceHash() });
}

/** The header fields of a page with one script. @param script its source expression */
export function scriptPageHeaders(settings: Settings, script: string): Readonly<Record<string, string>> {
  return computeHeaders(settings, { sendsTo: null, script });
}

/** The header fields of the page that shows mail. */
export function mailHeaders(settings: Settings): Readonly<Record<string, string>> {
  return computeHeaders(settings, { ...nothing, frames: true });
}

/**
 * What differs in the header fields of a letter in that page: its own styles are admitted, and it is nobody's origin (CSP Level 3 section
 * 6.3.2 `sandbox`), also where somebody opens it by itself.
 */
export const letterHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; sandbox; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
  'X-Frame-Options': 'SAMEORIGIN',
};

const known = new WeakMap<Settings, Readonly<Record<string, string>>>();

/** The header fields of a page under these settings; computed once for each settings value. */
export function pageHeaders(settings: Settings): Readonly<Record<string, string>> {
  const kept = known.get(settings);
  if (kept !== undefined) return kept;
  const headers = computeHeaders(settings, nothing);
  known.set(settings, headers);
  return headers;
}

/** The header fields of a document in one of several languages (RFC 9110 sections 8.5 and 12.5.5). */
export function languageHeaders({ language }: Pick<Texts, 'language'>): Readonly<Record<string, string>> {
  return { 'Content-Language': language, Vary: 'Accept-Language' };
}
