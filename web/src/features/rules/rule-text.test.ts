import { describe, expect, it } from 'vitest';
import { copyOf, mistakeIn } from './rule-text';

describe('a copy of a rule', () => {
  it('is called so and has no id', () => {
    expect(copyOf('title: Virus found\nid: 5f0e\nlevel: high\n', 'Virus found (copy)')).toBe(
      "title: 'Virus found (copy)'\nlevel: high\n",
    );
    expect(copyOf('id: 5f0e\r\ntitle: "A"\r\nlevel: high', "A's (copy)")).toBe("title: 'A''s (copy)'\r\nlevel: high");
  });

  it('keeps the rules that a correlation refers to', () => {
    expect(copyOf('title: Burst\nid: 1\n---\ntitle: One\nid: 2\nname: one\n', 'Burst (copy)')).toBe(
      "title: 'Burst (copy)'\n---\ntitle: One\nid: 2\nname: one\n",
    );
    expect(copyOf('---\ntitle: Burst\n---\ntitle: One\nid: 2\n', 'B')).toBe(
      "---\ntitle: 'B'\n---\ntitle: One\nid: 2\n",
    );
  });

  it('loses no remark of another key, and all of an old title, however that was written', () => {
    expect(copyOf('title: X # urgent\nlevel: low\n', 'X (copy)')).toBe("title: 'X (copy)'\nlevel: low\n");
    expect(copyOf('title: >-\n    Of two\n\n    lines\nlevel: low\n', 'Of two lines (copy)')).toBe(
      "title: 'Of two lines (copy)'\nlevel: low\n",
    );
    expect(copyOf('title: It costs\nlevel: low\n', 'It costs $1 (copy)')).toBe(
      "title: 'It costs $1 (copy)'\nlevel: low\n",
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
