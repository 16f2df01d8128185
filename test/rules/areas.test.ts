import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { appWith, rulesOf, targetOf } from './rules-text.ts';

const open = 'policies: [{ name: o, action: bypass, include: [everyone] }]';

function areaOf(paths: readonly string[], path: string): string {
  const list = paths.map((text) => `{ path: ${text}, ${open} }`).join(', ');
  const rules = rulesOf(
    appWith('- { name: p, action: allow, include: [authenticated] }', `    paths: [${list}]\n`),
  );
  const area = rules.findApplication('app.example.com')?.selectArea(targetOf(path));
  return area === 'ambiguous' ? area : (area?.path ?? 'whole');
}

describe('the area of a path', () => {
  const paths = ['/admin', '/admin/users', '/public', '/caf%C3%A9', '/Docs'];

  test.each([
    ['/', 'whole'],
    ['/admin', '/admin'],
    ['/admin/', '/admin'],
    ['/admin/x/y', '/admin'],
    ['/administrator', 'whole'],
    ['/admin/users', '/admin/users'],
    ['/admin/users2', '/admin'],
    ['/x/admin', 'whole'],
    ['/caf%C3%A9/menu', '/caf%C3%A9'],
    ['/Docs/a', '/Docs'],
    ['/api/a%2Fb', 'whole'],
    ['/public/a%2Fb', '/public'],
  ])('%s lies in %s', (path, expected) => {
    expect(areaOf(paths, path)).toBe(expected);
  });

  test.each([
    ['/ADMIN'],
    ['/docs'],
    ['//admin'],
    ['/public//../admin'],
    ['/public/..%2fadmin'],
    ['/public%2f..%2fadmin'],
    ['/%61dmin'],
    ['/admin;x'],
    ['/admin%2fusers'],
    ['/caf%c3%a9'],
    ['/CAF%C3%A9'],
    ['/./admin'],
  ])('%s is refused: some reader takes it for another area', (path) => {
    expect(areaOf(paths, path)).toBe('ambiguous');
  });

  test('without paths, one area answers for every reading', () => {
    const rules = rulesOf(appWith('- { name: p, action: allow, include: [authenticated] }'));
    const application = rules.findApplication('app.example.com');
    expect(application?.selectArea(targetOf('/public/..%2fadmin'))).toBe(application?.areas[0]);
  });

  test('goes where it says, or the nearest path above it, or the application', () => {
    const rules = rulesOf(
      appWith(
        '- { name: p, action: allow, include: [authenticated] }',
        `    paths:
      - { path: /api, upstream: "http://127.0.0.1:8091", ${open} }
      - { path: /api/v2/files, upstream: ["http://127.0.0.1:8092", "unix:/run/b.sock"], ${open} }
      - { path: /api/v2, ${open} }
      - { path: /api/v2/files/old, ${open} }
      - { path: /apis, ${open} }
`,
      ),
    );
    const goesTo = (path: string): readonly string[] | null => {
      const area = rules.findApplication('app.example.com')?.selectArea(targetOf(path));
      if (area === undefined || area === 'ambiguous') throw new Error('no area');
      return area.upstreams?.map(({ text }) => text) ?? null;
    };
    const files = ['http://127.0.0.1:8092', 'unix:/run/b.sock'];
    for (const [path, to] of [
      ['/', null],
      ['/apis/x', null],
      ['/api/x', ['http://127.0.0.1:8091']],
      ['/api/v2/x', ['http://127.0.0.1:8091']],
      ['/api/v2/files', files],
      ['/api/v2/files/old/x', files],
    ] as const)
      expect([path, goesTo(path)]).toEqual([path, to]);
  });

  test('no spelling of a path that decodes to a protected one is in another area', () => {
    const spelling = fc.array(
      fc.constantFrom('/', '/', 'admin', 'public', '%61dmin', '..', '.', '%2f', '%2e', ';x', 'A', 'dmin'),
      {
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(spelling, (parts) => {
        const path = `/${parts.join('')}`;
        let area: string;
        try {
          area = areaOf(['/admin', '/public'], path);
        } catch {
          return; // The reader refuses it.
        }
        const lenient = new URL(
          `http://x${decodeURIComponent(path).replaceAll(/\/{2,}/g, '/')}`,
        ).pathname.toLowerCase();
        const isAdmin = lenient === '/admin' || lenient.startsWith('/admin/');
        if (isAdmin) expect([path, area === '/admin' || area === 'ambiguous']).toEqual([path, true]);
        else expect([path, area === '/admin']).toEqual([path, false]);
      }),
      { numRuns: 3_000, seed: 11 },
    );
  });
});

describe('the application of a host', () => {
  const policy = '- { name: p, action: allow, include: [authenticated] }';
  const named = (name: string, host: string) =>
    appWith(policy).replace('name: app', `name: ${name}`).replace('app.example.com', host);
  const rules = rulesOf([
    named('exact', 'wiki.example.com'),
    named('wild', '"*.example.com"'),
    named('deep', '"*.a.example.com"'),
  ]);
  const find = (host: string) => rules.findApplication(host)?.name ?? null;

  test('an exact host comes before a wildcard', () => {
    expect([find('wiki.example.com'), find('other.example.com')]).toEqual(['exact', 'wild']);
  });

  test('a wildcard stands for exactly one label', () => {
    expect([
      find('example.com'),
      find('x.a.example.com'),
      find('x.y.example.com'),
      find('.example.com'),
    ]).toEqual([null, 'deep', null, null]);
  });

  test('a wildcard does not take the host where people log in', () => {
    expect(find('auth.example.com')).toBe(null);
    expect(rulesOf(named('own', 'auth.example.com')).findApplication('auth.example.com')?.name).toBe('own');
  });
});
