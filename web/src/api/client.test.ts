import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, api, apiLines, queryString } from './client';
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

describe('an answer of many lines', () => {
  const call = (signal?: AbortSignal) => {
    const lines: unknown[] = [];
    const options = { path: { id: '7' }, body: { days: 7 }, signal };
    const done = apiLines('POST /rules/{id}/dry-run', options, (line) => lines.push(line));
    return { lines, done };
  };
  const streamed = (...parts: (string | Error)[]) => {
    const encoder = new TextEncoder();
    let next = 0;
    const pull = (controller: ReadableStreamDefaultController) => {
      const part = parts[next++];
      if (part === undefined) controller.close();
      else if (part instanceof Error) controller.error(part);
      else controller.enqueue(encoder.encode(part));
    };
    vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(new ReadableStream({ pull })));
  };

  it('is handed on a line at a time, however it is cut, and the last without its end', async () => {
    streamed('{"events":', '1}\n{"events":2}\n{"ev', 'ents":3}');
    const { lines, done } = call();
    await done;
    expect(lines).toEqual([{ events: 1 }, { events: 2 }, { events: 3 }]);
  });

  it('is the fault of the network when it breaks off', async () => {
    streamed('{"events":1}\n', new TypeError('network error'));
    const { lines, done } = call();
    await expect(done).rejects.toMatchObject({ code: 'network' });
    expect(lines).toHaveLength(1);
    streamed('{"events":1}\n{"eve');
    await expect(call().done).rejects.toMatchObject({ code: 'network' });
  });

  it("is nobody's fault when it was called off", async () => {
    const stop = new AbortController();
    stop.abort();
    streamed(new TypeError('called off'));
    await expect(call(stop.signal).done).rejects.toThrow('called off');
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
