// Writes a bundled file in ASCII alone. Node hands a file with any other character to V8 in two bytes a character, and V8 keeps the source
// for as long as the process lives: one quotation mark in a text doubled what a file of 650 KB takes.
import { parseSync, Visitor } from 'rolldown/utils';

interface Range {
  readonly start: number;
  readonly end: number;
}

/** In one piece where it is two halves: an escape for each half is the same to texts and to regular expressions. */
const beyondAscii = /[^\0-\x7f]/gu;

/** Tags that take what a template says, and not how it is written; with what the bundler adds to a name that is there twice. */
const tagsOfTexts = /^html(\$\d+)?$/;

/**
 * The same program with an escape (`\u2019`) in place of each character beyond ASCII in texts, templates and regular expressions. Nothing
 * else may hold one: a name, a comment that is kept, or what a tag reads as it is written.
 *
 * @param code JavaScript of a module
 * @param name of the file, for errors
 * @returns as many lines; what stands behind an escape moves to the right on its own
 * @throws Error for a character where an escape would not be the same
 */
export function escapeBeyondAscii(code: string, name: string): string {
  if (code.search(beyondAscii) === -1) return code;
  const { literals, tagged } = readLiterals(code, name);
  return code.replace(beyondAscii, (character: string, at: number) => {
    const literal = literals.find(({ start, end }) => start < at && at < end);
    const isTagged = tagged.some(({ start, end }) => start < at && at < end);
    if (literal === undefined || isTagged || isEscaped(code, at, literal.start))
      throw new Error(`${name} holds ${JSON.stringify(code.slice(at - 30, at + 10))}, which has no escape`);
    return escapeOf(character);
  });
}

function escapeOf(character: string): string {
  return character
    .split('')
    .map((half) => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

function readLiterals(code: string, name: string): Record<'literals' | 'tagged', readonly Range[]> {
  const literals: Range[] = [];
  const tagged: Range[] = [];
  const { program, errors } = parseSync(name, code);
  if (errors.length > 0) throw new Error(`${name} cannot be read: ${errors[0]?.message}`);
  new Visitor({
    Literal: (node) => void literals.push(node),
    // With what stands around it: the backtick, or the end of what is filled in.
    TemplateElement: ({ start, end }) => void literals.push({ start: start - 1, end: end + 1 }),
    TaggedTemplateExpression({ tag, quasi }) {
      if (tag.type !== 'Identifier' || !tagsOfTexts.test(tag.name)) tagged.push(quasi);
    },
  }).visit(program);
  return { literals, tagged };
}

/** Whether a backslash stands before it that counts: it would escape the escape. */
function isEscaped(code: string, at: number, start: number): boolean {
  let backslashes = 0;
  while (at - backslashes > start && code[at - backslashes - 1] === '\\') backslashes++;
  return backslashes % 2 === 1;
}
