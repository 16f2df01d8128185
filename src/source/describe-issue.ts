// One zod issue in plain words. Where it stands, and which issue of a union is worth telling, is decided elsewhere.
import type { z } from 'zod';
import { didYouMean } from './did-you-mean.ts';
import { hintForKind, listWords, nameExpected, nameValue, regexHint } from './plain-words.ts';
import type { Complaint } from './problem-at.ts';
import { quote } from './quote.ts';

export type Issue = z.core.$ZodIssue;
export type Description = Complaint;
/** Whether a complaint may quote what was written: a secret it must not. */
export type Quoting = 'shown' | 'hidden';

/**
 * @param value what was written; for a bad key of a mapping the key itself
 */
export function describeIssue(issue: Issue, value: unknown, quoting: Quoting): Description {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType([issue.expected], value);
    case 'invalid_value':
      return notOneOf(issue.values.map(String), value, quoting);
    case 'too_small':
      return tooSmall(issue, value);
    case 'too_big':
      return tooBig(issue);
    case 'not_multiple_of':
      return { code: 'bad-number', reason: `expected a multiple of ${issue.divisor}` };
    case 'custom':
      return custom(issue, value, quoting);
    case 'invalid_key': {
      const inner = issue.issues[0];
      const description =
        inner === undefined ? badValue(value, quoting) : describeIssue(inner, value, quoting);
      return { ...description, part: 'key' };
    }
    case 'invalid_union': {
      const options = 'options' in issue ? (issue.options ?? []) : [];
      return options.length > 0 ? notOneOf(options.map(String), value, quoting) : badValue(value, quoting);
    }
    default:
      return badValue(value, quoting);
  }
}

/** `expected a text or a list, got a number` */
export function wrongType(expected: readonly string[], value: unknown): Description {
  const names = [...new Set(expected.map(nameExpected))];
  const last = names.pop() ?? 'something else';
  const wanted = names.length === 0 ? last : `${names.join(', ')} or ${last}`;
  const got =
    typeof value === 'number' && expected.includes('int') ? 'one with a fraction' : nameValue(value);
  const code = value === null || value === undefined ? 'empty-value' : 'wrong-type';
  return { code, reason: `expected ${wanted}, got ${got}`, hint: hintForKind(expected, value) };
}

/** A word that is not among those that are known. */
export function notOneOf(known: readonly string[], value: unknown, quoting: Quoting): Description {
  const got = typeof value === 'string' && quoting === 'shown' ? quote(value) : nameValue(value);
  const guess = typeof value === 'string' ? didYouMean(value, known) : null;
  return {
    code: 'unknown-value',
    reason: `expected ${listWords(known)}, got ${got}`,
    hint: guess === null ? null : `did you mean ${quote(guess)}?`,
  };
}

function tooSmall(issue: z.core.$ZodIssueTooSmall, value: unknown): Description {
  if (issue.origin === 'array' && Array.isArray(value) && value.length === 0) {
    return {
      code: 'empty-list',
      reason: 'the list is empty',
      hint: 'name at least one item, or delete the key',
    };
  }
  if (issue.origin === 'string' && value === '') {
    return { code: 'empty-text', reason: 'the text is empty', hint: 'write something, or delete the key' };
  }
  const least = `at least ${issue.minimum}`;
  if (issue.origin === 'array') return { code: 'list-too-short', reason: `the list needs ${least} items` };
  if (issue.origin === 'string')
    return { code: 'text-too-short', reason: `the text needs ${least} characters` };
  return {
    code: 'number-too-small',
    reason: `expected ${issue.inclusive ? least : `more than ${issue.minimum}`}`,
  };
}

function tooBig(issue: z.core.$ZodIssueTooBig): Description {
  const most = `at most ${issue.maximum}`;
  if (issue.origin === 'array') return { code: 'list-too-long', reason: `the list may have ${most} items` };
  if (issue.origin === 'string')
    return { code: 'text-too-long', reason: `the text may have ${most} characters` };
  return {
    code: 'number-too-big',
    reason: `expected ${issue.inclusive ? most : `less than ${issue.maximum}`}`,
  };
}

function custom(issue: z.core.$ZodIssueCustom, value: unknown, quoting: Quoting): Description {
  const params = issue.params ?? {};
  const code = typeof params['code'] === 'string' ? params['code'] : 'bad-value';
  const hint = regexHint(value) ?? (typeof params['hint'] === 'string' ? params['hint'] : null);
  const part = params['part'] === 'key' ? 'key' : 'value';
  if (quoting === 'shown' || typeof value !== 'string') return { code, reason: issue.message, hint, part };
  const reason = issue.message.replaceAll(quote(value), 'the value');
  const isSafe = value === '' || !`${reason} ${hint ?? ''}`.includes(value);
  return isSafe ? { code, reason, hint, part } : { code, reason: 'the value is not valid here', part };
}

function badValue(value: unknown, quoting: Quoting): Description {
  const what = typeof value === 'string' && quoting === 'shown' ? quote(value) : 'the value';
  return { code: 'bad-value', reason: `${what} is not valid here`, hint: regexHint(value) };
}
