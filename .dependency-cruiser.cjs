// The arrows of the house: which folder of src may import which. CI fails when one points the wrong way.
const pure = '^src/(source|rules|http|texts)/';

/** A room, and the rooms whose values and types it may import besides its own. In this order CONTRIBUTING lists them. */
const rooms = [
  ['settings', 'source', 'http', 'rules'],
  ['store', 'source', 'rules', 'settings'],
  ['telemetry', 'http', 'settings'],
  ['texts', 'http'],
  ['ui', 'http', 'texts'],
  ['mail', 'source', 'http', 'settings', 'ui'],
  ['identity', 'source', 'http', 'rules', 'settings', 'store', 'telemetry', 'texts', 'mail'],
  ['assertion', 'source', 'http', 'rules', 'settings', 'store', 'telemetry', 'identity'],
  ['configuration', 'source', 'http', 'rules', 'settings', 'telemetry', 'identity'],
  ['front', 'source', 'http', 'settings', 'telemetry'],
  ['gateway', 'http', 'rules', 'settings', 'store', 'telemetry', 'assertion', 'identity', 'configuration'],
  ['upstream', 'source', 'http', 'rules', 'telemetry', 'gateway'],
  ['tunnel', ...['source', 'http', 'rules', 'settings', 'store', 'telemetry', 'upstream']],
  ['sharing', ...['http', 'rules', 'settings', 'store', 'telemetry', 'mail', 'texts', 'identity', 'tunnel']],
  [
    'pages',
    ...['source', 'http', 'rules', 'settings', 'store', 'telemetry'],
    ...['mail', 'texts', 'ui', 'identity', 'assertion', 'sharing'],
  ],
];

/** A package or a module of Node's, and the only folders that import it. */
const owners = [
  ['@simplewebauthn', 'identity'],
  ['commander', 'cli'],
  ['express', 'pages'],
  ['helmet', 'pages'],
  ['nodemailer', 'mail'],
  ['openid-client', 'identity', 'verify', 'demo'],
  ['pg', 'store/postgres'],
  ['prom-client', 'telemetry'],
  ['sonic-boom', 'telemetry'],
  ['undici', 'identity', 'demo'],
];

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-cores-do-no-io',
      comment:
        'source, rules, http and texts are pure: no file, socket, clock, randomness or environment. Of net, url and zlib they use what computes. One of them loads a pure package, large and seldom asked, by itself.',
      severity: 'error',
      from: { path: pure, pathNot: '^src/http/site-of\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(net|url|zlib)$' },
    },
    {
      name: 'one-pure-core-loads-a-package',
      comment: 'the list of public suffixes, with the first question.',
      severity: 'error',
      from: { path: '^src/http/site-of\\.ts$' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?module$' },
    },
    {
      name: 'pure-cores-use-pure-packages',
      severity: 'error',
      from: { path: pure },
      to: {
        dependencyTypes: ['npm', 'npm-optional', 'npm-peer'],
        pathNot: '^node_modules/(yaml|zod|ipaddr\\.js|cookie|leven|tldts)/',
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
      comment: 'what keeps people logged in does not know in which ways they came.',
      severity: 'error',
      from: { path: '^src/identity/sessions/' },
      to: { path: '^src/identity/', pathNot: '^src/identity/(sessions/|[^/]+$)' },
    },
    {
      name: 'logins-know-providers-by-their-port',
      comment: 'each way in is an adapter of identity-provider.ts; only providers.ts makes it.',
      severity: 'error',
      from: { path: '^src/identity/login/' },
      to: { path: '^src/identity/(oidc|github|email-pin|passkey|workloads)/' },
    },
    {
      name: 'keys-and-tokens-know-no-login',
      comment: 'logins use them; what both need lies beside the folders of identity.',
      severity: 'error',
      from: { path: '^src/identity/(hardware-keys|tokens)/' },
      to: { path: '^src/identity/(login|terminals)/' },
    },
    {
      name: 'logins-know-no-terminals',
      comment: 'a terminal stands on a login; only what joins the flows makes both.',
      severity: 'error',
      from: { path: '^src/identity/login/', pathNot: '/logins\\.ts$' },
      to: { path: '^src/identity/terminals/' },
    },
    {
      name: 'ways-in-do-not-meet',
      comment: 'but for the keys of issuers, which workloads read by the same limits as those of providers.',
      severity: 'error',
      from: { path: '^src/identity/(oidc|github|email-pin|passkey|workloads)/' },
      to: {
        path: '^src/identity/(oidc|github|email-pin|passkey|workloads)/',
        pathNot: '^src/identity/($1/|oidc/(key-set|token-shape)\\.ts$)',
      },
    },
    ...owners.map(([name, ...folders]) => ({
      name: `${name}-is-for-${folders[0].replace('/', '-')}`,
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${folders.join('|')})/` },
      to: { path: `^node_modules/${name}/` },
    })),
    {
      name: 'commands-and-demo-are-above',
      comment: 'they join everything, and nothing stands on them but the process and the demo for commands.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli|demo)/|^src/main\\.ts$' },
      to: { path: '^src/(cli|demo)/' },
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
