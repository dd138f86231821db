import { describe, expect, it } from 'vitest';
import { parseSearch, stringifySearch } from '@/lib/search-params';
import { toQuery } from './api';
import { DEFAULT_VIEW, effectiveSearch, parseTicketsSearch, sameFilters } from './search';

describe('the address of the queue', () => {
  it('means what is open when it is bare, whatever the organization', () => {
    expect(effectiveSearch({})).toEqual(DEFAULT_VIEW);
    expect(effectiveSearch({ organization_id: 'o' })).toEqual({ ...DEFAULT_VIEW, organization_id: 'o' });
    expect(sameFilters(effectiveSearch({}))).toBe(true);
  });

  it('means exactly what it says otherwise', () => {
    expect(effectiveSearch({ severity: 'high' })).toEqual({ severity: 'high', sort: '-urgency' });
  });

  it('falls back to the view the person chose', () => {
    expect(effectiveSearch({ new: '1' }, { assignee: 'me' })).toEqual({ assignee: 'me', sort: '-urgency' });
  });

  it('reads back what it writes, and drops what it does not know', () => {
    const text = stringifySearch({ severity: 'high,critical', q: 'a b', unknown: 'x' });
    expect(text).toBe('?severity=high,critical&q=a+b&unknown=x');
    expect(parseTicketsSearch(parseSearch(text))).toEqual({ severity: 'high,critical', q: 'a b' });
  });

  it('sends days as moments, the last one whole', () => {
    const query = toQuery({ created_from: '2026-11-20', created_to: '2026-11-20' });
    const hours = (Date.parse(String(query.created_to)) - Date.parse(String(query.created_from))) / 3_600_000;
    expect(hours).toBe(24);
  });
});
