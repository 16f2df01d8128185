// What kind of client asks.
import { describe, expect, it } from 'vitest';
import {
  type ClientHints,
  isPageNavigation,
  isSameOrigin,
  isWebSocketOriginAllowed,
} from '../../src/http/client-kind.ts';

const none: ClientHints = {
  method: 'GET',
  isWebSocket: false,
  accept: undefined,
  origin: undefined,
  secFetchMode: undefined,
  secFetchDest: undefined,
  secFetchSite: undefined,
};
const own = 'https://app.bouncer.test';

describe('isPageNavigation', () => {
  it.each<[Partial<ClientHints>, boolean]>([
    [{ secFetchMode: 'navigate', secFetchDest: 'document' }, true],
    [{ secFetchMode: 'navigate', secFetchDest: 'iframe' }, true],
    [{ secFetchMode: 'navigate', secFetchDest: 'iframe', secFetchSite: 'same-site' }, true],
    [{ secFetchMode: 'navigate', secFetchDest: 'iframe', secFetchSite: 'cross-site' }, false],
    [{ secFetchMode: 'navigate', secFetchDest: 'document', secFetchSite: 'cross-site' }, true],
    [{ secFetchMode: 'navigate', secFetchDest: 'empty' }, true],
    [{ secFetchMode: 'same-origin', secFetchDest: 'empty', accept: 'text/html' }, false],
    [{ secFetchMode: 'navigate', secFetchDest: 'document', purpose: 'prefetch' }, false],
    [{ secFetchMode: 'navigate', secFetchDest: 'document', purpose: 'prefetch;prerender' }, false],
    [{ accept: 'text/html', purpose: 'prefetch' }, false],
    [{ secFetchMode: 'navigate', secFetchDest: 'document', purpose: '' }, true],
    [{ accept: 'text/html', purpose: 'preview' }, false],
    [{ accept: 'text/html', purpose: 'Prefetch' }, false],
    [{ accept: 'text/html', purpose: 'x, prefetch' }, false],
    [{ accept: 'text/html', purpose: 'prefetching' }, true],
    [{ accept: 'text/html', requestedWith: 'XMLHttpRequest' }, false],
    [{ secFetchMode: 'navigate', secFetchDest: 'document', requestedWith: 'XMLHttpRequest' }, false],
    [{ accept: 'text/html', requestedWith: 'com.example.mail' }, true],
    [{ accept: 'text/html', requestedWith: '' }, true],
    [{ secFetchMode: 'navigate', secFetchDest: 'object' }, false],
    [{ secFetchMode: 'cors', secFetchDest: 'empty', accept: 'text/html' }, false],
    [{ secFetchMode: 'no-cors', secFetchDest: 'image', accept: 'text/html' }, false],
    [{ accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }, true],
    [{ accept: 'application/json, text/html;q=0' }, false],
    [{ accept: 'application/json, TEXT/HTML;q=0.1' }, true],
    [{ accept: '*/*' }, false],
    [{}, false],
    [{ method: 'HEAD', accept: 'text/html' }, true],
    [{ method: 'POST', accept: 'text/html' }, false],
    [{ method: 'POST', secFetchMode: 'navigate', secFetchDest: 'document' }, false],
    [{ isWebSocket: true, accept: 'text/html' }, false],
  ])('%j: %s', (hints, expected) => {
    expect(isPageNavigation({ ...none, ...hints })).toBe(expected);
  });
});

describe('isSameOrigin', () => {
  it.each<[Partial<ClientHints>, boolean]>([
    [{ origin: own }, true],
    [{ origin: own, secFetchSite: 'same-origin' }, true],
    [{ secFetchSite: 'same-origin' }, true],
    [{}, false],
    [{ origin: 'null' }, false],
    [{ origin: 'https://evil.test' }, false],
    [{ origin: 'https://app.bouncer.test.evil.test' }, false],
    [{ origin: 'https://app.bouncer.test:8443' }, false],
    [{ origin: 'http://app.bouncer.test' }, false],
    [{ origin: own, secFetchSite: 'cross-site' }, false],
    [{ origin: own, secFetchSite: 'same-site' }, false],
    [{ origin: 'https://other.bouncer.test', secFetchSite: 'same-origin' }, false],
    [{ secFetchSite: 'none' }, false],
  ])('%j: %s', (hints, expected) => {
    expect(isSameOrigin({ ...none, method: 'POST', ...hints }, own)).toBe(expected);
  });
});

describe('isWebSocketOriginAllowed', () => {
  it.each<[Partial<ClientHints>, boolean]>([
    [{ origin: own }, true],
    [{ origin: 'https://listed.test' }, true],
    [{ origin: 'https://evil.test' }, false],
    [{ origin: 'null' }, false],
    [{ origin: '' }, false],
    [{ origin: 'https://APP.bouncer.test' }, false],
    [{}, true],
    [{ secFetchSite: 'cross-site' }, false],
    [{ secFetchSite: 'same-site' }, false],
  ])('%j: %s', (hints, expected) => {
    expect(
      isWebSocketOriginAllowed({ ...none, isWebSocket: true, ...hints }, own, ['https://listed.test']),
    ).toBe(expected);
  });
});
