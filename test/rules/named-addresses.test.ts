// To whom mail may go: whom the rules name in what lets in.
import { describe, expect, test } from 'vitest';
import { appWith, rulesOf } from './rules-text.ts';

const names = (policies: string, rest = ''): ((email: string) => boolean) =>
  rulesOf(appWith(policies, rest)).namesAddress;

describe('an address is named', () => {
  test.each([
    ['by itself', '- { name: p, action: allow, include: [{ email: [dad@a.example, MOM@a.example] }] }'],
    ['by its domain', '- { name: p, action: allow, include: [{ email_domain: a.example }] }'],
    [
      'where it is required',
      '- { name: p, action: allow, include: [authenticated], require: [{ email: mom@a.example }] }',
    ],
    ['in a bypass', '- { name: p, action: bypass, include: [{ email: mom@a.example }] }'],
    [
      'by the second policy',
      '- { name: d, action: deny, include: [{ email: mom@a.example }] }\n- { name: p, action: allow, include: [{ email: mom@a.example }] }',
    ],
  ])('%s', (_, policies) => {
    expect(names(policies)('mom@a.example')).toBe(true);
    expect(names(policies)('mom@b.example')).toBe(false);
    expect(names(policies)('mom@sub.a.example')).toBe(false);
  });

  test('with a `+` in full alone, as it is the mailbox of another address', () => {
    const policies =
      '- { name: p, action: allow, include: [{ email_domain: a.example }, { email: mom+photos@b.example }], exclude: [{ email: ex@a.example }] }';
    const has = names(policies);
    expect(['mom@a.example', 'mom+photos@b.example'].map(has)).toEqual([true, true]);
    expect(['ex+2@a.example', 'mom+@a.example', 'mom+x@b.example'].map(has)).toEqual([false, false, false]);
  });

  test('by a path', () => {
    const path = `    paths: [{ path: /p, policies: [{ name: q, action: allow, include: [{ email: mom@a.example }] }] }]\n`;
    expect(names('- { name: p, action: allow, include: [authenticated] }', path)('mom@a.example')).toBe(true);
  });

  test('by a rule group within a rule group', () => {
    const groups = `rule_groups:
  family: { include: [{ rule_group: parents }] }
  parents: { include: [{ email: mom@a.example }], exclude: [{ email: ex@a.example }] }
`;
    const has = names('- { name: p, action: allow, include: [{ rule_group: family }] }', groups);
    expect([has('mom@a.example'), has('ex@a.example')]).toEqual([true, false]);
    expect(names('- { name: p, action: allow, include: [authenticated] }', groups)('mom@a.example')).toBe(
      false,
    );
  });
});

describe('an address is not named', () => {
  test.each([
    ['by everyone', '- { name: p, action: allow, include: [everyone] }'],
    ['by authenticated', '- { name: p, action: allow, include: [authenticated] }'],
    [
      'by a group',
      '- { name: p, action: allow, include: [{ group: mom@a.example }], require: [{ login_method: google }] }',
    ],
    ['by a deny', '- { name: p, action: deny, include: [{ email: mom@a.example }] }'],
    [
      'where it is excluded',
      '- { name: p, action: allow, include: [authenticated], exclude: [{ email: mom@a.example }] }',
    ],
    [
      'by a policy that only reports',
      '- { name: p, action: allow, mode: report, include: [{ email: mom@a.example }] }',
    ],
  ])('%s', (_, policies) => {
    expect(names(policies)('mom@a.example')).toBe(false);
  });

  test('by an application that only reports', () => {
    const has = names(
      '- { name: p, action: allow, include: [{ email: mom@a.example }] }',
      '    mode: report\n',
    );
    expect(has('mom@a.example')).toBe(false);
  });
});
