// Options that several commands share, with one parser each.
import { InvalidArgumentError, Option } from 'commander';

/** `-c FILE`, the settings file. */
export function configOption(): Option {
  return new Option('-c, --config <file>', 'the settings file').default('bouncer.yaml');
}

export function jsonOption(): Option {
  return new Option('--json', 'print machine-readable output');
}

/** Collect an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** An ISO 8601 time as milliseconds since the epoch. */
export function parseTime(text: string): number {
  const timeMs = Date.parse(text);
  if (Number.isNaN(timeMs)) throw new InvalidArgumentError('expected a time such as 2026-03-01T09:30:00Z');
  return timeMs;
}
