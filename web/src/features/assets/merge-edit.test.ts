import { describe, expect, it } from 'vitest';
import { changedFields, type EditedValues, mergeEdit } from './merge-edit';

const base: EditedValues = {
  name: 'SRV-1',
  kind: 'server',
  criticality: 'medium',
  state: 'active',
  owner: null,
  department: null,
  description: null,
  is_internet_facing: false,
  addresses: ['10.0.0.5'],
  hostnames: [],
  tags: [],
};

describe('two edits of an asset', () => {
  it('meet in peace when they touch different things', () => {
    const merge = mergeEdit(base, { ...base, owner: 'Ana' }, { ...base, criticality: 'high' });
    expect(merge.conflicts).toEqual([]);
    expect(merge.taken).toEqual(['owner']);
    expect(merge.values).toMatchObject({ owner: 'Ana', criticality: 'high' });
  });

  it('leave the decision to a person when they touch the same thing', () => {
    const merge = mergeEdit(base, { ...base, tags: ['pci'] }, { ...base, tags: ['web'] });
    expect(merge.conflicts).toEqual(['tags']);
    expect(merge.values.tags).toEqual(['web']);
  });

  it('agree when both wrote the same', () => {
    const changed = { ...base, owner: 'Ana' };
    expect(mergeEdit(base, changed, changed).conflicts).toEqual([]);
  });

  it('send only what changed', () => {
    expect(changedFields(base, { ...base, owner: 'Ana' })).toEqual({ owner: 'Ana' });
  });
});
