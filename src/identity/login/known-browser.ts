// A browser that logged in by a code remembers that, sealed: for that address it is not a stranger any more, so that strangers cannot
// lock it out. It lets nobody in.
import { findCookie, ownCookieName, serializeOwnCookie } from '../../http/cookie-header.ts';
import { schemeOf } from '../../http/origin-of.ts';
import type { Settings } from '../../settings/settings.ts';
import { isRecord } from '../../source/is-record.ts';
import { createId } from '../opaque-token.ts';
import type { LoginContext } from './login-context.ts';
import type { Visit } from './login-step.ts';

/** 180 days, milliseconds. */
const rememberMs = 180 * 86_400_000;
/** A family's computer has a few people; with more, the one that was there longest ago is forgotten. */
const mostAddresses = 8;

interface KnownBrowser {
  readonly id: string;
  /** Keyed hashes. */
  readonly addresses: readonly string[];
}

function cookieName(settings: Settings): string {
  return ownCookieName('known', schemeOf(settings));
}

type Context = Pick<LoginContext, 'sealer' | 'settings'>;
type Browser = Pick<Visit, 'cookie' | 'nowMs'>;

function read({ sealer, settings }: Context, { cookie, nowMs }: Browser): KnownBrowser | null {
  const value = findCookie(cookie, cookieName(settings));
  if (value === null || value === 'doubled') return null;
  const record = sealer.open('known-browser', value);
  if (!isRecord(record) || typeof record['exp'] !== 'number' || record['exp'] <= nowMs) return null;
  const { id, addresses } = record;
  return typeof id === 'string' &&
    Array.isArray(addresses) &&
    addresses.every((each) => typeof each === 'string')
    ? { id, addresses }
    : null;
}

/** The browser's id if it once logged in as this address, else `null`. */
export function knownBrowserOf(parts: Context, browser: Browser, email: string): string | null {
  const known = read(parts, browser);
  return known?.addresses.includes(parts.sealer.mac('known-address', [known.id, email])) === true
    ? known.id
    : null;
}

/** The `Set-Cookie` value for a browser that just logged in as this address. */
export function rememberBrowser(parts: Context, browser: Browser, email: string): string {
  const { sealer, settings } = parts;
  const before = read(parts, browser);
  const id = before?.id ?? createId();
  const address = sealer.mac('known-address', [id, email]);
  const addresses = [address, ...(before?.addresses ?? []).filter((one) => one !== address)];
  const record = { id, addresses: addresses.slice(0, mostAddresses), exp: browser.nowMs + rememberMs };
  return serializeOwnCookie(
    cookieName(settings),
    sealer.seal('known-browser', record),
    schemeOf(settings),
    rememberMs / 1000,
  );
}
