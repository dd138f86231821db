import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, api, queryString } from './client';
import { isSignInNeeded, rejectWaiting, releaseWaiting } from './session-gate';

function answer(status: number, body?: unknown, headers: Record<string, string> = {}): Response {
  return new Response(body === undefined ? null : JSON.stringify(body), { status, headers });
}

afterEach(() => rejectWaiting(new Error('the test is over')));

describe('a call', () => {
  it('fills the path, the query and If-Match', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch').mockResolvedValue(answer(200, { id: '7' }));
    await api('PATCH /tickets/{id}', { path: { id: 'a/b' }, body: { title: 'x' }, version: 3 });
    const [url, init] = fetched.mock.calls[0] ?? [];
    expect(url).toBe('/api/v1/tickets/a%2Fb');
    expect(new Headers(init?.headers).get('if-match')).toBe('"3"');
    expect(init?.body).toBe('{"title":"x"}');
  });

  it('throws what the server says', async () => {
    vi.spyOn(globalThis, 'fetch').mockResolvedValue(
      answer(429, { code: 'too_many_attempts' }, { 'retry-after': '42' }),
    );
    const error = await api('GET /tickets').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 429, code: 'too_many_attempts', retryAfterSeconds: 42 });
  });

  it('says when the server cannot be reached', async () => {
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('failed'));
    await expect(api('GET /tickets')).rejects.toMatchObject({ code: 'network' });
  });

  it('waits for a new sign-in when the session has ended, and is then repeated', async () => {
    vi.spyOn(globalThis, 'fetch')
      .mockResolvedValueOnce(answer(401, { code: 'unauthenticated' }))
      .mockResolvedValueOnce(answer(200, { items: [], next_cursor: null }));
    const call = api('GET /tickets');
    await vi.waitFor(() => expect(isSignInNeeded()).toBe(true));
    releaseWaiting();
    await expect(call).resolves.toEqual({ items: [], next_cursor: null });
    expect(isSignInNeeded()).toBe(false);
  });

  it('does not wait for a wrong password', async () => {
    vi.spyOn(globalThis, 'fetch').mockResolvedValue(answer(401, { code: 'invalid_credentials' }));
    const attempt = api('POST /session', { body: { email: 'a@b.c', password: 'x' } });
    await expect(attempt).rejects.toMatchObject({ code: 'invalid_credentials' });
  });
});

describe('a query', () => {
  it('joins lists with commas and leaves out what is empty', () => {
    expect(queryString({ severity: ['high', 'critical'], q: '', cursor: null, limit: 50 })).toBe(
      '?severity=high,critical&limit=50',
    );
    expect(queryString({ tag: [] })).toBe('');
  });
});
