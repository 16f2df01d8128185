// The arrows of the house: which folder of src may import which. CI fails when one points the wrong way.
const pure = '^src/(source|rules|http)/';
const middle = '^src/(settings|identity|assertion|store|telemetry)/';

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-cores-do-no-io',
      comment: 'source, rules and http are pure: no file, socket, clock, randomness or environment.',
      severity: 'error',
      from: { path: pure },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(net|url)$' },
    },
    {
      name: 'pure-cores-use-pure-packages',
      severity: 'error',
      from: { path: pure },
      to: {
        dependencyTypes: ['npm', 'npm-optional', 'npm-peer'],
        pathNot: '^node_modules/(yaml|zod|ipaddr\\.js|cookie|leven)/',
      },
    },
    {
      name: 'source-stands-alone',
      severity: 'error',
      from: { path: '^src/source/' },
      to: { path: '^src/', pathNot: '^src/source/' },
    },
    {
      name: 'rules-import-source-and-http',
      severity: 'error',
      from: { path: '^src/rules/' },
      to: { path: '^src/', pathNot: '^src/(rules|source|http)/' },
    },
    {
      name: 'http-is-the-ground',
      comment: 'the vocabulary of requests: everybody may import its values, it imports nobody but source.',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: '^src/', pathNot: '^src/(http|source)/' },
    },
    {
      name: 'middle-imports-pure-and-middle',
      severity: 'error',
      from: { path: middle },
      to: { path: '^src/', pathNot: [pure, middle, '^src/bouncer-error\\.ts$'] },
    },
    {
      name: 'upstream-imports-the-ground',
      comment: 'reaching applications knows no session and no rule; what forwards is joined to it by types.',
      severity: 'error',
      from: { path: '^src/upstream/' },
      to: {
        path: '^src/',
        pathNot: ['^src/(upstream|source|http|settings|telemetry|rules)/', '^src/bouncer-error\\.ts$'],
      },
    },
    {
      name: 'upstream-imports-only-types-of-rules',
      severity: 'error',
      from: { path: '^src/upstream/' },
      to: { path: '^src/rules/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'gateway-and-pages-never-meet',
      severity: 'error',
      from: { path: '^src/(gateway|pages)/' },
      to: { path: '^src/(gateway|pages)/', pathNot: '^src/$1/' },
    },
    {
      name: 'gateway-and-pages-import-the-middle',
      severity: 'error',
      from: { path: '^src/(gateway|pages)/' },
      to: { path: '^src/(index|main|verify|cli|demo)([./]|$)' },
    },
    {
      name: 'verify-stands-alone',
      comment: 'applications import it: nothing of the proxy comes with it.',
      severity: 'error',
      from: { path: '^src/verify(\\.ts$|/)' },
      to: { path: '^src/', pathNot: '^src/verify/' },
    },
    {
      name: 'no-development-dependency-in-the-product',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/demo/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // TypeScript 7 has no API to parse with. swc reads the source as written, and keeps type-only imports apart.
    parser: 'swc',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
