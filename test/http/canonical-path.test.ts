// One canonical path: what passes, passes as sent; what readers could disagree about is named or refused.
import { describe, expect, it } from 'vitest';
import { parseOpaqueTarget, parseTarget } from '../../src/http/canonical-path.ts';
import { isReservedPath, readsAsReserved } from '../../src/http/reserved-path.ts';
import { hostilePaths, ordinaryPaths } from './attack-cases.ts';
import { areaOf, lenientReaders } from './lenient-readers.ts';

function parsed(text: string) {
  const target = parseTarget(text);
  if ('problem' in target) throw new Error(`${text}: ${target.problem}`);
  return target;
}

/** What the rules make of a target: the area, or why there is none. */
function verdictOn(text: string): string {
  const target = parseTarget(text);
  if ('problem' in target) return target.problem;
  const areas = new Set([target.path, ...target.readings].map(areaOf));
  return areas.size > 1 ? 'ambiguous' : areaOf(target.path);
}

describe('attack cases', () => {
  it.each(hostilePaths)('%s opens nothing: %s (%s)', (_, path) => {
    expect(verdictOn(path)).not.toBe('/public');
  });

  it.each(ordinaryPaths)('%s keeps working as sent: %s (%s)', (_, path) => {
    expect(verdictOn(path)).toBe('/public');
    const target = parsed(path);
    expect(target.path + target.query).toBe(path);
  });
});

describe('ordinary targets', () => {
  it('have no readings, and share the same empty list', () => {
    for (const path of [
      '/',
      '/a',
      '/a/b.c/d',
      '/.well-known/x',
      '/a/.git/config',
      '/~user/x,y;'.slice(0, -1),
      '/a/',
    ]) {
      expect(parsed(path).readings).toHaveLength(0);
      expect(parsed(path).readings).toBe(parsed('/').readings);
    }
  });

  it('are split at the first question mark, and the query takes no part', () => {
    expect(parsed('/a?b?c=/../admin&%zz=%')).toEqual({
      path: '/a',
      query: '?b?c=/../admin&%zz=%',
      readings: [],
    });
    expect(parsed('/?')).toEqual({ path: '/', query: '?', readings: [] });
  });

  it('keep an encoded slash where all readings lie in one area', () => {
    const path = '/api/v4/projects/group%2Fproject/repository/files/src%2Fmain.ts/raw';
    expect(verdictOn(path)).toBe('/api/v4');
    expect(parsed(path).path).toBe(path);
  });

  it('keep their capital letters, with the folded reading beside them', () => {
    expect(parsed('/Wiki/Main').readings).toEqual(['/wiki/main']);
    expect(verdictOn('/ADMIN')).toBe('ambiguous');
  });
});

describe('refused targets', () => {
  it.each([
    ['', 'target-not-path'],
    ['*', 'target-not-path'],
    ['http://app.bouncer.test/', 'target-not-path'],
    ['a', 'target-not-path'],
    ['/a#b', 'target-fragment'],
    ['/a?b#c', 'target-fragment'],
    ['/a b', 'target-character'],
    ['/a\\b', 'target-character'],
    ['/a\tb', 'target-character'],
    ['/a\u0000', 'target-character'],
    ['/a\u007f', 'target-character'],
    ['/caf\u00e9', 'target-character'],
    ['/a?b c', 'target-character'],
    ['/a?\u00e9', 'target-character'],
    ['/%', 'path-encoding'],
    ['/%4', 'path-encoding'],
    ['/%4g', 'path-encoding'],
    ['/%u0041', 'path-encoding'],
    ['/%c0%af', 'path-encoding'],
    ['/%e0%80%af', 'path-encoding'],
    ['/%ed%a0%80', 'path-encoding'],
    ['/%c3', 'path-encoding'],
    ['/%00', 'path-control'],
    ['/%1f', 'path-control'],
    ['/%7f', 'path-control'],
    ['/%c2%85', 'path-control'],
    ['/..', 'path-above-root'],
    ['/a/../..', 'path-above-root'],
    ['/%2e%2e/a', 'path-above-root'],
    ['/..;/a', 'path-above-root'],
    ['/a/..%2f..%2fb', 'path-above-root'],
    ['/%252e%252e/a', 'path-above-root'],
  ])('%j is refused with %s', (text, problem) => {
    expect(parseTarget(text)).toEqual({ problem });
  });

  it('refuses more readings than the work bound allows, at a bounded cost', () => {
    expect(parseTarget('/%25252f%252e%5c;x%20/'.repeat(4))).toEqual({ problem: 'path-ambiguous' });
    expect(parseTarget(`/${'a%2e;b//%20'.repeat(700)}`)).toHaveProperty('problem');
  });

  it('passes a long path of one kind of escape', () => {
    expect(verdictOn(`/public/${'Caf%C3%A9%20'.repeat(300)}`)).toBe('/public');
    expect(verdictOn(`/public/${'a%2Fb'.repeat(800)}`)).toBe('/public');
  });
});

describe('a path for an application that takes every spelling', () => {
  it.each([
    ['/caf%E9', 'path-encoding'],
    ['/%', 'path-encoding'],
    ['/100%/a', 'path-encoding'],
    ['/%u0041', 'path-encoding'],
    ['/a%0Db', 'path-control'],
    ['/a%09b?x=%zz', 'path-control'],
    ['/a%00', 'path-control'],
  ])('%s stays as sent, marked as %s', (text, unclear) => {
    const target = parseOpaqueTarget(text);
    expect(target).toMatchObject({ unclear });
    expect('path' in target && target.path + target.query).toBe(text);
  });

  it.each(['/caf%C3%A9', '/a//b;c'])('%s is an ordinary one', (text) => {
    expect(parseOpaqueTarget(text)).toEqual(parseTarget(text));
    expect(parseOpaqueTarget(text)).toHaveProperty('path', text);
    expect(parseOpaqueTarget(text)).not.toHaveProperty('unclear');
  });

  it.each([
    ['/%e9/../..', 'path-above-root'],
    ['/%00..%2f..', 'path-above-root'],
    ['/a\\%e9', 'target-character'],
    ['/\u00e9', 'target-character'],
    ['/%e9#', 'target-fragment'],
    ['x%e9', 'target-not-path'],
  ])('%s is refused with %s', (text, problem) => {
    expect(parseOpaqueTarget(text)).toEqual({ problem });
  });

  it.each([
    '/.bouncer%0d/login',
    '/%2ebouncer%00',
    '/.bounc%E9er/login',
    '/.bounc%er/login',
    '/.bounc%zzer',
    '/%E9/..%2f.bouncer/certs',
    '/%09.bouncer/callback',
    '/.BOUNCER%80/x',
  ])('%s could be read as one of bouncer’s own', (text) => {
    const target = parseOpaqueTarget(text);
    expect('problem' in target || target.readings.some(readsAsReserved)).toBe(true);
  });
});

describe('readings', () => {
  it.each([
    ['/public//admin', '/public/admin', 'merged slashes'],
    ['/public%5cadmin', '/public/admin', 'an encoded backslash'],
    ['/a/%2e%2e/admin', '/admin', 'encoded dot segments'],
    ['/%2561dmin', '/admin', 'double encoding'],
    ['/%25u0061dmin', '/admin', '%u escapes under an encoding'],
    ['/a/%25c0%25ae%25c0%25ae/admin', '/admin', 'overlong dots under an encoding'],
    ['/admin;jsessionid=1', '/admin', 'path parameters'],
    ['/admin%3bx', '/admin', 'encoded path parameters'],
    ['/payments/a;b/c', '/payments/a', 'a cut at the first parameter'],
    ['/ad%2509min', '/admin', 'a control that is dropped'],
    ['/admin%3fx', '/admin', 'an encoded question mark'],
    ['/admin%23x', '/admin', 'an encoded fragment'],
    ['/admin%2500x', '/admin', 'a doubly encoded NUL'],
    ['/admin.', '/admin', 'a trailing dot'],
    ['/admin%20', '/admin', 'a trailing space'],
    ['/admin%C2%A0', '/admin', 'a trailing no-break space'],
    ['/%20admin', '/admin', 'a leading space'],
    ['/admin::$DATA', '/admin', 'an NTFS stream'],
    ['/a%ef%bc%8f..%ef%bc%8fadmin', '/admin', 'full-width slashes'],
    ['/%ef%bc%a1dmin', '/admin', 'a full-width letter'],
    ['/ad%c2%admin', '/admin', 'a soft hyphen'],
    ['/ad%e2%80%8bmin', '/admin', 'a zero-width space'],
    ['/adm%c4%b1n', '/admin', 'a dotless i, by way of upper case'],
    ['//other.test/admin', '/admin', 'an authority'],
    ['/%2f/other.test/admin', '/admin', 'an encoded authority'],
  ])('%s could be read as %s: %s', (path, reading) => {
    expect(parsed(path).readings).toContain(reading);
  });

  it('do not repeat the path or each other, and are frozen', () => {
    const { path, readings } = parsed('/A%2Fb;x//c.');
    expect(new Set([path, ...readings]).size).toBe(readings.length + 1);
    expect(Object.isFrozen(readings)).toBe(true);
  });

  it('cover what each lenient server makes of every attack case', () => {
    for (const [, path] of hostilePaths) {
      const target = parseTarget(path);
      if ('problem' in target) continue;
      const areas = new Set([target.path, ...target.readings].map(areaOf));
      for (const [server, reader] of Object.entries(lenientReaders)) {
        const read = reader(target.path);
        if (read !== null) expect(areas, `${server} reads ${path} as ${read}`).toContain(areaOf(read));
      }
    }
  });
});

describe('the reserved prefix', () => {
  it('is exact for what bouncer serves', () => {
    expect(isReservedPath(parsed('/.bouncer').path)).toBe(true);
    expect(isReservedPath(parsed('/.bouncer/login').path)).toBe(true);
    expect(isReservedPath(parsed('/.bouncerx').path)).toBe(false);
    expect(isReservedPath(parsed('/a/.bouncer').path)).toBe(false);
  });

  it.each([
    '/.bouncer%2fcallback',
    '/.BOUNCER/callback',
    '/%2ebouncer/callback',
    '//.bouncer/x',
    '/a/..%2f.bouncer/x',
    '/.bouncer;x/y',
  ])('is seen in %s, which is not served', (path) => {
    const target = parsed(path);
    expect(isReservedPath(target.path)).toBe(false);
    expect(target.readings.some(readsAsReserved)).toBe(true);
  });
});
