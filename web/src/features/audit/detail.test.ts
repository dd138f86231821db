import i18n from 'i18next';
import { describe, expect, it } from 'vitest';
import { detailRows, fieldName, valueText } from './detail';

describe('the detail of a record', () => {
  it('is what was and what is, however the module writes it', () => {
    expect(detailRows({ name: { from: 'srv', to: 'srv-1' }, owner: { from: 'Ana', to: null } })).toEqual([
      { field: 'name', change: ['srv', 'srv-1'] },
      { field: 'owner', change: ['Ana', null] },
    ]);
    expect(detailRows({ edited: { severity: { from: 'low', to: 'high' } } })).toEqual([
      { field: 'severity', change: ['low', 'high'] },
    ]);
    const [from, to] = [
      { is_enabled: true, severity: 'low' },
      { is_enabled: false, severity: 'low' },
    ];
    expect(detailRows({ from, to, text: null })).toEqual([{ field: 'is_enabled', change: [true, false] }]);
  });

  it('is no change where two things stand in a list, or one came from another', () => {
    expect(detailRows({ mistakes: ['a', 'b'] })).toEqual([{ field: 'mistakes', value: ['a', 'b'] }]);
    const split = { from: { id: '7', reference: 'TCK-2026-000001' } };
    expect(detailRows({ split })).toEqual([{ field: 'split', value: split }]);
    expect(detailRows(null)).toEqual([]);
  });

  it('is told in words where they are known', () => {
    expect(fieldName('second_factor', i18n.t)).toBe('Second factor');
    expect(fieldName('some_day', i18n.t)).toBe('some_day');
    expect(valueText('second_factor', 'recovery_code', i18n.t)).toBe('recovery code');
    expect(valueText('severity', 'high', i18n.t)).toBe('High');
    expect(valueText('name', 'browser', i18n.t)).toBe('browser');
    expect(valueText('is_enabled', true, i18n.t)).toBe('Yes');
  });
});
