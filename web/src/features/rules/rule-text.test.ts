import { describe, expect, it } from 'vitest';
import { copyOf, mistakeIn } from './rule-text';

describe('a copy of a rule', () => {
  it('is called so and has no id', () => {
    expect(copyOf('title: Virus found\nid: 5f0e\nlevel: high\n', 'copy')).toBe(
      'title: Virus found (copy)\nlevel: high\n',
    );
    expect(copyOf("title: 'Virus: found'\n", 'copy')).toBe("title: 'Virus: found (copy)'\n");
  });

  it('keeps the rules that a correlation refers to', () => {
    expect(copyOf('title: Burst\nid: 1\n---\ntitle: One\nname: one\n', 'copy')).toBe(
      'title: Burst (copy)\n---\ntitle: One\nname: one\n',
    );
  });
});

describe('a mistake in a rule', () => {
  it('has its line', () => {
    expect(mistakeIn('line 12: unknown modifier: `|starts`')).toEqual({
      line: 12,
      text: 'unknown modifier: `|starts`',
    });
    expect(mistakeIn('has at most 200 characters')).toBeNull();
    expect(mistakeIn(undefined)).toBeNull();
  });
});
