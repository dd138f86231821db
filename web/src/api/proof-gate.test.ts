import { afterEach, expect, it, vi } from 'vitest';
import { api, isApiError } from './client';
import { settleProof, wantedAct, wantedProofs } from './proof-gate';

const problem = (status: number, body: object) =>
  new Response(JSON.stringify({ status, ...body }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });
const refused = () => problem(403, { code: 'reauthentication_required', context: { proof: 'code' } });

afterEach(() => vi.unstubAllGlobals());

it('a dangerous act waits for the proof and is then repeated', async () => {
  const answers = [refused(), new Response(JSON.stringify({ codes: ['A'] }))];
  const fetch = vi.fn(async () => answers.shift() as Response);
  vi.stubGlobal('fetch', fetch);
  const act = api('POST /session/second-factor/recovery-codes');
  await vi.waitFor(() => expect(wantedProofs()).toEqual(['code']));
  expect(wantedAct()).toBe('POST /session/second-factor/recovery-codes');
  expect(fetch).toHaveBeenCalledTimes(1);
  settleProof(true);
  expect(await act).toEqual({ codes: ['A'] });
  expect(wantedProofs()).toEqual([]);
});

it('without the proof the act is called off', async () => {
  const fetch = vi.fn(async () => refused());
  vi.stubGlobal('fetch', fetch);
  const act = api('DELETE /session/second-factor').catch((error: unknown) => error);
  await vi.waitFor(() => expect(wantedProofs()).toEqual(['code']));
  settleProof(false);
  expect(isApiError(await act, 'called_off')).toBe(true);
  expect(fetch).toHaveBeenCalledTimes(1);
});

it('two acts that differ wait for one proof, which is for neither alone', async () => {
  vi.stubGlobal(
    'fetch',
    vi.fn(async () => refused()),
  );
  const acts = [api('DELETE /session/second-factor'), api('DELETE /session/second-factor/totp')];
  const over = Promise.allSettled(acts);
  await vi.waitFor(() => expect(wantedProofs()).toEqual(['code']));
  await vi.waitFor(() => expect(wantedAct()).toBeNull());
  settleProof(false);
  await over;
});

it.each([
  [{ proof: 'password', methods: [] }, ['password']],
  [{ proof: 'code', methods: ['totp'] }, ['code']],
  [{ proof: 'code', methods: ['passkey', 'totp'] }, ['passkey', 'code']],
  [{ proof: 'code', methods: ['passkey'] }, ['passkey', 'recovery_code']],
])('by what the server says of the person: %j', async (context, expected) => {
  vi.stubGlobal('fetch', async () => problem(403, { code: 'reauthentication_required', context }));
  const act = api('DELETE /session/second-factor').catch((error: unknown) => error);
  await vi.waitFor(() => expect(wantedProofs()).toEqual(expected));
  settleProof(false);
  expect(isApiError(await act, 'called_off')).toBe(true);
});
