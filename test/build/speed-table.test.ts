// The table of speed in README: what docs/performance.md says, and nothing without it.
import { expect, test } from 'vitest';
import { renderSpeed } from '../../build/speed-table.ts';

const page = (verdict: string): string => `# Performance

## Against the targets

|  | target | measured |  |
| --- | ---: | ---: | ---: |
| idle memory | ≤ 100 MB | 90 MB | met |
| rate against bare nginx (1 KB) | ≥ 0.55 × | 0.50 (0.48–0.52) × | ${verdict} |

## GET of 1 KB, 32 keep-alive connections

Measured on another day.

|  | requests/s | CPU µs a request | p50 ms |
| --- | ---: | ---: | ---: |
| bouncer, everything on | 22,762 (19,964–23,689) | 43.2 (41.6–49.0) | 1.29 |
| bouncer, the build before | 20,000 | 50.0 | 1.29 |
| bare nginx | 57,647 (55,107–58,416) | 14.8 | 0.50 |
| nginx (\`auth_request\`) + oauth2-proxy | 5,000 | 90.1 | 5 |
| Node itself, no proxy | 95,108 | 10.3 | 0.31 |

## GET of 100 KB, 32 keep-alive connections

| nothing | 1 | 2 |
`;

test('has the medians of all proxies, the fastest first, and the targets that are missed', () => {
  expect(renderSpeed(page('**missed** by 9.1 %'))).toBe(`| | requests a second | CPU µs a request |
|---|---:|---:|
| bare nginx, no authentication | 57,647 | 15 |
| **bouncer** | **22,762** | **43** |
| nginx (\`auth_request\`) + oauth2-proxy | 5,000 | 90 |

Of its own 2 targets bouncer misses 1:

- rate against bare nginx (1 KB): 0.50 ×, where ≥ 0.55 × is wanted`);
  expect(renderSpeed(page('met'))).toContain('All 2 targets are met.');
});

test('is not made of a page that lacks the tables', () => {
  expect(() => renderSpeed('# Performance\n')).toThrow('no table below');
});
