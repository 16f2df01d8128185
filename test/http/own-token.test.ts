import { describe, expect, it } from 'vitest';
import { holdsToken, isOwnAuthorization, parsePresented, withoutTokens } from '../../src/http/own-token.ts';

const token = `bnc_s_${'A1b2C3d4'.repeat(6)}Z`;
const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const encoded = (text: string): string =>
  [...text].map((each) => `%${each.charCodeAt(0).toString(16)}`).join('');
const found = (way: string, clientId: string | null = null): object => ({
  kind: 'token',
  way,
  token,
  clientId,
});

describe('what a request presents', () => {
  it.each<[string, Parameters<typeof parsePresented>[0], object | null]>([
    ['nothing', {}, null],
    ['Bearer', { authorization: `Bearer ${token}` }, found('bearer')],
    ['BEARER and blanks', { authorization: `BEARER   ${token} ` }, found('bearer')],
    ['Basic', { authorization: `Basic ${base64(`x:${token}`)}` }, found('basic')],
    [
      'Basic without padding',
      { authorization: `basic ${base64(`xy:${token}`).replaceAll('=', '')}` },
      found('basic'),
    ],
    [
      'Basic in base64url',
      { authorization: `Basic ${Buffer.from(`ÿÿ:${token}`, 'latin1').toString('base64url')}` },
      found('basic'),
    ],
    ['id and secret', { bouncerClientId: 'i', bouncerClientSecret: token }, found('client-secret', 'i')],
    [
      'id and secret beside another Authorization',
      { bouncerClientId: 'i', bouncerClientSecret: token, authorization: 'Basic YTpi' },
      found('client-secret', 'i'),
    ],
    ['Bouncer-Token', { bouncerToken: token }, found('bouncer-token')],
    [
      'an empty Bouncer-Token',
      { bouncerToken: '' },
      { kind: 'token', way: 'bouncer-token', token: '', clientId: null },
    ],
    [
      'a short one after Bearer',
      { authorization: 'Bearer bnc_s_' },
      { kind: 'token', way: 'bearer', token: 'bnc_s_', clientId: null },
    ],
    [
      'the id alone',
      { bouncerClientId: 'i' },
      { kind: 'unusable', way: 'client-secret', cause: '`Bouncer-Client-Secret` is missing' },
    ],
    [
      'the secret alone',
      { bouncerClientSecret: token },
      { kind: 'unusable', way: 'client-secret', cause: '`Bouncer-Client-Id` is missing' },
    ],
    ['two ways', { authorization: `Bearer ${token}`, bouncerToken: token }, { kind: 'several' }],
    [
      'three ways',
      {
        authorization: `Bearer ${token}`,
        bouncerToken: token,
        bouncerClientId: 'i',
        bouncerClientSecret: token,
      },
      { kind: 'several' },
    ],
  ])('%s', (_, fields, expected) => {
    expect(parsePresented(fields)).toEqual(expected);
    if (fields.authorization?.includes('bnc_') === true)
      expect(isOwnAuthorization(fields.authorization)).toBe(true);
  });

  it.each([
    `Basic ${base64(`${token}:`)}`,
    `Basic ${base64(token)}`,
    `Basic ${base64(`a:x${token}`)}`,
    `Basic ${token}`,
    `Digest username="${token}"`,
    `Token ${token}`,
    `Bearer x${token}`,
    `Bearer\t${token}`,
    token,
  ])('in a place where none belongs is bouncer’s, and cannot be used: %s', (authorization) => {
    expect(parsePresented({ authorization })).toMatchObject({ kind: 'unusable' });
    expect(isOwnAuthorization(authorization)).toBe(true);
  });

  it.each([
    '',
    'Bearer',
    'Bearer ',
    'Bearer ghp_0123456789abcdefghijklmnopqrstuvwxyz',
    'Bearer BNC_S_AAAA',
    'Basic ',
    'Basic Og==',
    `Basic ${base64('bnc:bnc')}`,
    `Basic ${base64('user:pass:word')}`,
    'Negotiate YIIB',
  ])('is not bouncer’s: %j', (authorization) => {
    expect(parsePresented({ authorization })).toBeNull();
    expect(isOwnAuthorization(authorization)).toBe(false);
  });
});

describe('a text for the log', () => {
  it.each([
    [`/a/${token}/b`, '/a/bnc_s_[hidden]/b'],
    [`${token}${token}`, 'bnc_s_[hidden]'],
    [`/a/${token.slice(0, 30)}…`, '/a/bnc_s_[hidden]…'],
    [`/a/${token.replaceAll('_', '%5f')}/b%20c`, '/a/bnc_s_[hidden]/b%20c'],
    [`/a/${encoded(token)}`, '/a/bnc_s_[hidden]'],
    [`/a/${encoded(encoded(token))}/%C3%A9`, '/a/bnc_s_[hidden]/%C3%A9'],
    ['/wiki/bnc_s_tokens', '/wiki/bnc_s_tokens'],
    ['/a%20b/%5Fc%41', '/a%20b/%5Fc%41'],
    ['/plain', '/plain'],
  ])('%s loses every token', (text, expected) => {
    expect(withoutTokens(text)).toBe(expected);
    expect(holdsToken(text)).toBe(text !== expected);
  });
});
