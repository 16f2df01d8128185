// Models of eight lenient servers: which path each would route a request by. Written apart from src/http on purpose, so that
// the two can contradict each other. `null` means that the server would answer 400.

export type LenientReader = (path: string) => string | null;

function percentDecode(text: string): string {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const hex = text.slice(i + 1, i + 3);
    if (text[i] === '%' && /^[0-9a-f]{2}$/i.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      i += 2;
    } else {
      bytes.push(...new TextEncoder().encode(text[i] ?? ''));
    }
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

function resolveDots(path: string): string | null {
  const out: string[] = [];
  for (const segment of path.split('/').slice(1)) {
    if (segment === '.') continue;
    if (segment === '..') {
      if (out.length === 0) return null;
      out.pop();
    } else out.push(segment);
  }
  return `/${out.join('/')}`;
}

const merge = (path: string) => path.replace(/\/+/g, '/');

export const lenientReaders: Readonly<Record<string, LenientReader>> = {
  // nginx: decode once, merge slashes, resolve dots.
  nginx: (path) => resolveDots(merge(percentDecode(path))),
  // Tomcat with Spring: drop path parameters, decode, turn backslashes, merge, resolve dots.
  tomcat: (path) => {
    const bare = path
      .split('/')
      .map((segment) => segment.split(';')[0])
      .join('/');
    return resolveDots(merge(percentDecode(bare).replaceAll('\\', '/')));
  },
  // Jetty of old: resolve dots before it drops parameters and decodes, and again after.
  jetty: (path) => {
    const first = resolveDots(path);
    if (first === null) return null;
    return resolveDots(percentDecode(first.replace(/;[^/]*/g, '')));
  },
  // IIS and ASP.NET: decode twice, backslashes, trailing dots and spaces, streams, any case.
  iis: (path) => {
    const decoded = percentDecode(percentDecode(path)).replaceAll('\\', '/');
    const resolved = resolveDots(merge(decoded));
    if (resolved === null) return null;
    return resolved
      .split('/')
      .map((segment) =>
        segment
          .replace(/:\$.*$|::.*$/, (stream) => (stream.includes('$') ? '' : stream))
          .replace(/[. ]+$/, ''),
      )
      .join('/')
      .toLowerCase();
  },
  // Express: any case, decodes each segment on its own, resolves nothing.
  express: (path) => path.split('/').map(percentDecode).join('/').toLowerCase(),
  // A WHATWG URL parser (new URL, undici.fetch): backslashes, encoded dots, a leading `//` as authority, tabs dropped.
  whatwg: (path) => {
    try {
      return new URL(path, 'http://origin.test').pathname;
    } catch {
      return null;
    }
  },
  // Go's path.Clean on the decoded path, as ServeMux and many middlewares do.
  go: (path) => resolveDots(merge(percentDecode(path)).replace(/\/$/, '')),
  // A CGI script: decode until nothing changes, cut at NUL, `?` and `#`, compatibility forms, dots.
  cgi: (path) => {
    let text = path;
    for (let i = 0; i < 4; i++) text = percentDecode(text);
    const [cut = ''] = text.split(/[\0?#]/);
    return resolveDots(merge(cut.normalize('NFKC').replaceAll('\\', '/')));
  },
};

/** Single steps that servers take, for chains of them in any order. */
export const quirks: readonly ((path: string) => string)[] = [
  percentDecode,
  merge,
  (path) => resolveDots(path) ?? path,
  (path) => path.replaceAll('\\', '/'),
  (path) => path.replace(/;[^/]*/g, ''),
  (path) => path.replace(/;.*$/s, ''),
  (path) => path.replace(/[?#].*$/s, ''),
  (path) => path.toLowerCase(),
  (path) => path.normalize('NFKC'),
  (path) => path.replace(/%2f/gi, '/'),
  (path) => path.replace(/%5c/gi, '\\'),
  (path) => path.replace(/%2e/gi, '.'),
  (path) =>
    path
      .split('/')
      .map((segment) => (/^\.{1,2}$/.test(segment) ? segment : segment.replace(/[. ]+$/, '')))
      .join('/'),
];

/** What servers do with escapes that are not escapes and with bytes that are not UTF-8. */
export const byteQuirks: readonly ((path: string) => string)[] = [
  // Python with errors='ignore'.
  (path) =>
    percentDecode(path)
      .replaceAll('\ufffd', '')
      .replace(/[^\0-\x7f]/g, ''),
  (path) => path.replace(/%(?![0-9a-f]{2})/gi, ''),
  (path) => path.replace(/%[^0-9a-f]./gi, ''),
  (path) => path.replace(/[\0-\x1f\x7f]/g, ''),
];

/** The areas of the example rules; `''` is the application's own policies. */
export const areaPaths: readonly string[] = [
  '/public',
  '/public/deep',
  '/admin',
  '/payments',
  '/api/v4',
  '/.bouncer',
];

/** The area that a path lies in, by segments: the longest one that contains it. */
export function areaOf(path: string): string {
  let found = '';
  for (const area of areaPaths) {
    if ((path === area || path.startsWith(`${area}/`)) && area.length > found.length) found = area;
  }
  return found;
}
