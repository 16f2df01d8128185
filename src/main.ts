#!/usr/bin/env node
// The `bouncer` command. Everything it does is in src/cli/, which is only loaded where it can run: an older Node lacks modules
// that it needs, and would say so in its own words.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > 24 || (major === 24 && minor >= 15)) {
  const { keepCompiled } = await import('./cli/keep-compiled.ts');
  keepCompiled(process.env);
  const { runCli } = await import('./cli/run-cli.ts');
  process.exitCode = await runCli(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
  });
} else {
  process.stderr.write(
    `bouncer needs Node 24.15 or newer, and this is ${process.versions.node}: get one from https://nodejs.org/en/download, or with your version manager, such as \`nvm install --lts\`\n`,
  );
  process.exitCode = 1;
}
