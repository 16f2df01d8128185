import { describe, expect, it } from 'vitest';
import { endSessionRequest } from '../../src/identity/oidc/end-session.ts';

const returnTo = 'https://auth.example.com/.bouncer/logout';
const provider = {
  issuer: 'https://idp.example.com',
  endpoint: 'https://idp.example.com/end?policy=p1',
  clientId: 'bouncer & co',
  longLogout: null,
};

describe('ending the session at a provider', () => {
  it('is an address where that is short, with what the endpoint has in its query already', () => {
    const request = endSessionRequest(provider, 'a.b.c', returnTo);
    if (request.kind !== 'address') throw new Error('a form');
    expect(Object.fromEntries(new URL(request.location).searchParams)).toEqual({
      policy: 'p1',
      client_id: 'bouncer & co',
      post_logout_redirect_uri: returnTo,
      id_token_hint: 'a.b.c',
    });
  });

  it('says no hint where no ID token was kept', () => {
    const request = endSessionRequest(provider, null, returnTo);
    expect(request.kind === 'address' && request.location).not.toContain('id_token_hint');
  });

  const longest = (): string => {
    const bare = endSessionRequest(provider, '', returnTo);
    return 'x'.repeat(2000 - (bare.kind === 'address' ? bare.location.length : 0));
  };

  it('leaves the hint out exactly where the address would pass 2000 characters', () => {
    const whole = endSessionRequest(provider, longest(), returnTo);
    expect(whole.kind === 'address' && whole.location).toHaveLength(2000);
    expect(whole.kind === 'address' && whole.location).toContain('id_token_hint');
    const cut = endSessionRequest(provider, `${longest()}x`, returnTo);
    expect(cut).toEqual(endSessionRequest(provider, null, returnTo));
  });

  it.each([
    ['the settings say so', { longLogout: 'form' as const }],
    ['Okta', { issuer: 'https://acme.okta.com/oauth2/default' }],
    ['Okta’s own server', { issuer: 'https://acme.oktapreview.com' }],
    ['Authentik', { issuer: 'https://id.example.com/application/o/bouncer/' }],
  ])('becomes a form with the same fields from there on: %s', (_, more) => {
    const idToken = `${longest()}x`;
    expect(endSessionRequest({ ...provider, ...more }, longest(), returnTo).kind).toBe('address');
    expect(endSessionRequest({ ...provider, ...more }, idToken, returnTo)).toEqual({
      kind: 'form',
      action: provider.endpoint,
      fields: {
        client_id: 'bouncer & co',
        post_logout_redirect_uri: returnTo,
        id_token_hint: idToken,
      },
    });
  });

  it.each([
    ['the settings say so', { issuer: 'https://acme.okta.com', longLogout: 'address' as const }],
    ['a name that only looks like Okta’s', { issuer: 'https://okta.com.example.org' }],
    ['another', { issuer: 'https://acme.notokta.com' }],
    ['a path that only looks like Authentik’s', { issuer: 'https://id.example.com/application/o' }],
  ])('and stays an address: %s', (_, more) => {
    expect(endSessionRequest({ ...provider, ...more }, 'x'.repeat(5000), returnTo).kind).toBe('address');
  });

  it.each([
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab',
    'https://cognito-idp.cn-north-1.amazonaws.com.cn/x',
  ])('says what Amazon Cognito wants in place of what the specification has (%s)', (issuer) => {
    const endpoint = 'https://acme.auth.eu-west-1.amazoncognito.com/logout';
    const request = endSessionRequest(
      { ...provider, issuer, endpoint, clientId: 'c' },
      'x'.repeat(5000),
      returnTo,
    );
    if (request.kind !== 'address') throw new Error('a form');
    expect(Object.fromEntries(new URL(request.location).searchParams)).toEqual({
      client_id: 'c',
      logout_uri: returnTo,
    });
  });

  it.each([
    'https://cognito-idp.eu-west-1.amazonaws.com.evil.test',
    'https://x.cognito-idp.eu-west-1.amazonaws.com',
  ])('and says it to nobody else (%s)', (issuer) => {
    const request = endSessionRequest({ ...provider, issuer }, null, returnTo);
    expect(request.kind === 'address' && request.location).toContain('post_logout_redirect_uri');
  });
});
