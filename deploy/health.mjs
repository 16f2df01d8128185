// The health check of the image: is the process there, and may it be sent requests? Needs `management: 127.0.0.1:9464` in the settings.
const port = process.env['BOUNCER_MANAGEMENT_PORT'] ?? '9464';
try {
  const { ok, status } = await fetch(`http://127.0.0.1:${port}/readyz`, {
    signal: AbortSignal.timeout(4_000),
  });
  if (!ok) console.error(`/readyz answered ${status}`);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  console.error(
    `no answer at 127.0.0.1:${port}: is \`management\` in the settings? (${error.cause?.code ?? error.message})`,
  );
  process.exitCode = 1;
}
