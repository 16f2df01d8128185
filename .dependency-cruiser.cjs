// The arrows of the house: which folder of src may import which. CI fails when one points the wrong way.
const pure = '^src/(source|rules|http)/';

/** A room, and the rooms whose values and types it may import besides its own. */
const rooms = [
  ['settings', 'source', 'http', 'rules'],
  ['store', 'source', 'http', 'rules', 'settings'],
  ['telemetry', 'source', 'http', 'rules', 'settings'],
  ['assertion', 'source', 'http', 'rules', 'settings', 'store', 'telemetry', 'identity'],
  ['mail', 'source', 'http', 'settings', 'ui'],
  ['identity', 'source', 'http', 'rules', 'settings', 'store', 'telemetry', 'mail'],
  ['configuration', 'source', 'http', 'rules', 'settings', 'store', 'telemetry', 'identity'],
  ['front', 'source', 'http', 'settings', 'telemetry'],
  ['upstream', 'source', 'http', 'rules', 'settings', 'telemetry', 'gateway'],
  ['ui', 'source', 'http'],
  [
    'gateway',
    ...[
      'source',
      'http',
      'rules',
      'settings',
      'store',
      'telemetry',
      'assertion',
      'identity',
      'configuration',
    ],
  ],
  [
    'pages',
    ...[
      'source',
      'http',
      'rules',
      'settings',
      'store',
      'telemetry',
      'assertion',
      'identity',
      'configuration',
      'ui',
    ],
  ],
];

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
    ...rooms.map(([room, ...others]) => ({
      name: `${room}-imports-what-lies-below`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: [`^src/(${[room, ...others].join('|')})/`, '^src/bouncer-error\\.ts$'] },
    })),
    {
      name: 'upstream-imports-only-types-of-rules-and-gateway',
      comment: 'reaching applications knows no session and no rule; what forwards is joined to it by types.',
      severity: 'error',
      from: { path: '^src/upstream/' },
      to: { path: '^src/(rules|gateway)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'rules-parse-without-deciding',
      comment: 'the model is the ground of the rules; parsing and deciding do not meet, reviewing sees both.',
      severity: 'error',
      from: { path: '^src/rules/(model|parse|decide)/' },
      to: { path: '^src/rules/(parse|decide|review)/', pathNot: '^src/rules/$1/' },
    },
    {
      name: 'sessions-know-no-login',
      severity: 'error',
      from: { path: '^src/identity/sessions/' },
      to: { path: '^src/identity/(login|oidc|github)/' },
    },
    {
      name: 'logins-know-providers-by-their-port',
      comment: 'each way in is an adapter of identity-provider.ts; only providers.ts makes it.',
      severity: 'error',
      from: { path: '^src/identity/login/' },
      to: { path: '^src/identity/(oidc|github|email-pin)/' },
    },
    {
      name: 'ways-in-do-not-meet',
      severity: 'error',
      from: { path: '^src/identity/(oidc|github|email-pin)/' },
      to: { path: '^src/identity/(oidc|github|email-pin)/', pathNot: '^src/identity/$1/' },
    },
    {
      name: 'only-mail-uses-nodemailer',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/mail/' },
      to: { path: '^node_modules/nodemailer/' },
    },
    {
      name: 'only-identity-asks-providers',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(identity|verify|demo)/' },
      to: { path: '^node_modules/openid-client/' },
    },
    {
      name: 'only-identity-uses-undici',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(identity|demo)/' },
      to: { path: '^node_modules/undici/' },
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
