import type { Problem } from './model';
import type { CallOptions, Operation, OptionArgument, Query, ResponseOf } from './operations';
import { type ProofKind, waitForProof } from './proof-gate';
import { waitForSignIn } from './session-gate';

export const API_BASE = '/api/v1';

/** What the server refused, or `network` when it could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problem: Problem;
  readonly retryAfterSeconds: number | null;

  constructor(problem: Problem, retryAfterSeconds: number | null = null) {
    super(problem.detail ?? problem.title ?? problem.code);
    this.name = 'ApiError';
    this.status = problem.status;
    this.code = problem.code;
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export function isApiError(error: unknown, code?: string): error is ApiError {
  return error instanceof ApiError && (code === undefined || error.code === code);
}

/** Builds `?a=1&b=x,y`. Commas stay readable, so that shared addresses stay short. */
export function queryString(query: Query | undefined): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null || value === '') continue;
    if (Array.isArray(value) && value.length === 0) continue;
    params.set(key, Array.isArray(value) ? value.join(',') : String(value));
  }
  const text = params.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
  return text ? `?${text}` : '';
}

/** The address of a download (CSV, attachment), for a plain link. */
export function apiUrl(path: string, query?: Query): string {
  return `${API_BASE}${path}${queryString(query)}`;
}

/** Calls one operation: `api('GET /tickets/{id}', { path: { id } })`. Throws `ApiError`. */
export async function api<Op extends Operation>(
  operation: Op,
  ...[options]: OptionArgument<Op>
): Promise<ResponseOf<Op>> {
  const response = await answered(operation, (options ?? {}) as AnyOptions);
  if (response.status === 204 || response.headers.get('content-length') === '0') return undefined as never;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as ResponseOf<Op>;
}

/** Calls an operation that answers a line of JSON at a time, and hands each on as it comes. */
export async function apiLines<Op extends Operation>(
  operation: Op,
  options: CallOptions<Op>,
  onLine: (line: ResponseOf<Op>) => void,
): Promise<void> {
  const response = await answered(operation, options as AnyOptions);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const take = (line: string) => onLine(JSON.parse(line) as ResponseOf<Op>);
  let rest = '';
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done) break;
      const lines = (rest + value).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(take);
    }
    if (rest) take(rest);
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw unreachable();
  }
}

/** Signing in, and asking whether one is. */
const ANSWERS_401_ITSELF = new Set([
  'POST /session',
  'POST /session/challenge',
  'POST /session/providers/{id}/callback',
  'POST /session/links/{id}/callback',
  'POST /session/challenge/passkey-options',
  'GET /session',
]);

async function answered(operation: string, options: AnyOptions): Promise<Response> {
  let response = await send(operation, options);
  // A session that ended must not lose what was being typed: sign in again beside it, then repeat the call.
  while (response.status === 401 && !ANSWERS_401_ITSELF.has(operation)) {
    await waitForSignIn();
    response = await send(operation, options);
  }
  if (response.ok) return response;
  const problem = await readProblem(response);
  // A dangerous act is repeated once the person has proven to be there.
  if (problem.code !== 'reauthentication_required') throw problem;
  if (!(await waitForProof(proofsOf(problem.problem.context), operation))) throw calledOff(problem);
  return answered(operation, options);
}

/** Whoever closes the dialog knows that nothing was done: no words of an error are for this. */
const calledOff = ({ problem }: ApiError) => new ApiError({ ...problem, code: 'called_off' });

/** A passkey is asked for before a code, and whoever has no app has only the recovery codes. */
function proofsOf(context: unknown): ProofKind[] {
  const { proof, methods = ['totp'] } = (context ?? {}) as { proof?: string; methods?: string[] };
  if (proof !== 'code') return ['password'];
  const code = methods.includes('totp') ? 'code' : 'recovery_code';
  return methods.includes('passkey') ? ['passkey', code] : [code];
}

interface AnyOptions {
  path?: Record<string, string>;
  body?: unknown;
  query?: Query;
  version?: number;
  signal?: AbortSignal;
}

async function send(operation: string, options: AnyOptions): Promise<Response> {
  const [method, template] = operation.split(' ') as [string, string];
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(options.path?.[name] ?? ''));
  const headers = new Headers({ accept: 'application/json' });
  if (options.version !== undefined) headers.set('if-match', `"${options.version}"`);
  try {
    return await fetch(apiUrl(path, options.query), {
      method,
      headers,
      body: encodeBody(options.body, headers),
      signal: options.signal,
      credentials: 'same-origin',
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw unreachable();
  }
}

/** The server is away, or went away before its answer ended. */
export const unreachable = () => new ApiError({ status: 0, code: 'network', title: 'network' });

function encodeBody(body: unknown, headers: Headers): BodyInit | undefined {
  if (body === undefined) return undefined;
  if (body instanceof FormData) return body;
  if (body instanceof Blob) {
    headers.set('content-type', body.type || 'application/octet-stream');
    return body;
  }
  headers.set('content-type', 'application/json');
  return JSON.stringify(body);
}

async function readProblem(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('retry-after')) || null;
  const fallback: Problem = { status: response.status, code: `http_${response.status}` };
  try {
    const body = (await response.json()) as Partial<Problem>;
    return new ApiError({ ...fallback, ...body, status: response.status }, retryAfter);
  } catch {
    return new ApiError(fallback, retryAfter);
  }
}
