import { describe, expect, it } from 'vitest';
import { ApiError } from '@/api/client';
import { refusalOf } from './provider-refusal';

const error = (status: number, code: string) => new ApiError({ status, code, title: code });
const OVER = error(401, 'provider_attempt_over');
const DENIED = error(401, 'provider_denied');

describe('coming back from a provider in vain', () => {
  it('is told apart when the provider is unknown', () => {
    expect(refusalOf(error(404, 'not_found'), { isLink: false, said: 'access_denied' })).toBe('unknown');
  });

  it('is a refusal when the provider says so, also of an attempt that nobody knows', () => {
    for (const failure of [OVER, DENIED])
      for (const isLink of [true, false]) expect(refusalOf(failure, { isLink, said: 'access_denied' })).toBe('refused');
  });

  it('heeds no other word of the provider', () => {
    expect(refusalOf(DENIED, { isLink: false, said: 'call +34 600 000 000' })).toBeNull();
    expect(refusalOf(error(502, 'provider_unreachable'), { isLink: false, said: 'access_denied' })).toBeNull();
  });

  it('of a link that is over leads to the profile, not to the sign-in', () => {
    expect(refusalOf(OVER, { isLink: true, said: undefined })).toBe('link_over');
    expect(refusalOf(OVER, { isLink: false, said: undefined })).toBeNull();
  });
});
