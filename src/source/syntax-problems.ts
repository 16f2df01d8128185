// The YAML parser's complaints in plain words. The parser's own messages are not shown: they may quote a secret.
import type { ErrorCode } from 'yaml';
import type { Problem } from './problem.ts';
import type { SourceText } from './source-text.ts';

/** A fault that the YAML parser found; offsets count from the start of the text. */
export interface SyntaxFault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly pos: readonly [start: number, end: number];
}

/** How many faults of syntax are listed: one usually causes the next. */
const maxListed = 20;

/** One problem a line, in order: further faults on a line mostly follow from the first. */
export function syntaxProblems(source: SourceText, faults: readonly SyntaxFault[]): Problem[] {
  const byLine = new Map<number, Problem>();
  for (const fault of [...faults].sort((a, b) => a.pos[0] - b.pos[0])) {
    const [start, end] = rangeOf(fault, source.text);
    const position = source.position(start, end);
    if (byLine.has(position.line)) continue;
    byLine.set(position.line, { ...position, severity: 'error', ...describe(fault) });
    if (byLine.size === maxListed) break;
  }
  return [...byLine.values()];
}

function rangeOf({ code, pos }: SyntaxFault, text: string): readonly [start: number, end: number] {
  const [start, end] = pos;
  if (code === 'BAD_DQ_ESCAPE') return [start, start + 2];
  if (code !== 'BAD_INDENT') return [start, end];
  const indented = text.slice(start, start + 1000).search(/[^ ]/);
  return [start + Math.max(indented, 0), end];
}

interface Description {
  readonly code: string;
  readonly reason: string;
  readonly hint?: string;
}

const quoteHint = 'put the text in double quotes';

function describe(fault: SyntaxFault): Description {
  switch (fault.code) {
    case 'TAB_AS_INDENT':
      return { code: 'tab', reason: 'a tab cannot indent', hint: 'use spaces' };
    case 'BAD_INDENT':
      return {
        code: 'bad-indentation',
        reason: 'the indentation does not fit the lines above',
        hint: 'keys of one mapping, and the `-` of one list, start in the same column',
      };
    case 'BAD_SCALAR_START':
      return { code: 'bad-text', reason: 'a text cannot start with this character', hint: quoteHint };
    case 'BAD_DQ_ESCAPE':
      return {
        code: 'bad-escape',
        reason: 'this is not an escape sequence',
        hint: 'write a backslash as `\\\\`, or use single quotes',
      };
    case 'MULTILINE_IMPLICIT_KEY':
      return {
        code: 'missing-colon',
        reason: 'a `:` is missing, or a key spans several lines',
        hint: 'write `key: value`, with a space after the colon',
      };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return {
        code: 'nested-mapping',
        reason: 'a second `key: value` on the same line',
        hint: `put it on a line of its own, or ${quoteHint}`,
      };
    case 'BLOCK_IN_FLOW':
      return {
        code: 'bad-nesting',
        reason: 'a list or mapping by indentation cannot stand inside of `[…]` or `{…}`',
        hint: 'use `[…]` or `{…}` here too',
      };
    case 'KEY_OVER_1024_CHARS':
      return { code: 'key-too-long', reason: 'a key is longer than 1024 characters' };
    case 'RESOURCE_EXHAUSTION':
      return nestedTooDeep;
    case 'MISSING_CHAR':
      return missingCharacter(fault.message);
    default:
      return {
        code: 'bad-yaml',
        reason: 'this is not valid YAML here',
        hint: 'check quotes, colons and brackets up to here',
      };
  }
}

/** Deeper nesting than any settings or rules have; it would exhaust the stack. */
export const nestedTooDeep = {
  code: 'nested-too-deep',
  reason: 'lists and mappings are nested too deeply',
} as const;

/** Said at the quote that opens a text which never ends. */
export const missingQuote = {
  code: 'missing-quote',
  reason: 'this quote is not closed',
  hint: 'close it with the same quote',
} as const;

/** Said at the bracket that is never closed. */
export function missingBracket(opening: string): { code: string; reason: string; hint: string } {
  const closing = opening === '[' ? ']' : '}';
  return {
    code: 'missing-bracket',
    reason: `this \`${opening}\` is not closed`,
    hint: `close it with \`${closing}\``,
  };
}

function missingCharacter(message: string): Description {
  if (message.includes('quote')) return missingQuote;
  if (message.startsWith('Implicit map keys') || message.includes('space after :')) {
    return {
      code: 'missing-colon',
      reason: 'a `:` is missing after a key',
      hint: 'write `key: value`, with a space after the colon',
    };
  }
  if (message.includes('without - indicator')) {
    return { code: 'missing-dash', reason: 'a `-` is missing before an item of a list' };
  }
  if (message.startsWith('Missing ,')) {
    return { code: 'missing-comma', reason: 'a `,` is missing between items' };
  }
  if (message.includes('Comments must be separated')) {
    return { code: 'bad-comment', reason: 'a `#` needs a space before it', hint: `or ${quoteHint}` };
  }
  return {
    code: 'bad-yaml',
    reason: 'a character is missing here',
    hint: 'check quotes, colons and brackets up to here',
  };
}
