import type { TFunction } from 'i18next';

interface ErrorLike {
  code?: string;
  message?: string;
  status?: number;
  retryAfterSeconds?: number | null;
  problem?: { request_id?: string; detail?: string; errors?: { path: string; message: string }[] };
}

/**
 * What to tell a person about an error, in their language; the server's own words only when the code is unknown. Nothing
 * of what they called off themselves.
 */
export function errorText(error: unknown, t: TFunction): string {
  const { code, status, problem, retryAfterSeconds } = (error ?? {}) as ErrorLike;
  if (code === 'called_off') return '';
  const seconds = retryAfterSeconds ?? 30;
  if (code) {
    const translated = t(`errors.${code}` as 'errors.network', '', { seconds });
    if (translated) return translated;
  }
  if (problem?.detail) return problem.detail;
  if (status === 403) return t('errors.forbidden');
  if (status === 404) return t('errors.not_found');
  if (status === 413) return t('errors.payload_too_large');
  if (status === 503) return t('errors.unavailable');
  if (status && status >= 500) return t('errors.internal');
  return t('errors.unknown', { code: code ?? (error instanceof Error ? error.message : String(error)) });
}

export function requestId(error: unknown): string | undefined {
  return ((error ?? {}) as ErrorLike).problem?.request_id;
}

/** The server's field errors as a form understands them: `{ name: 'too long' }`. */
export function fieldErrors(error: unknown): Record<string, string> {
  const errors = ((error ?? {}) as ErrorLike).problem?.errors ?? [];
  return Object.fromEntries(
    errors.map(({ path, message }) => [path.replace(/^\/|^\$\./, '').replaceAll('/', '.'), message]),
  );
}

/** `addresses[1]` is a mistake of the whole field; of several none is left out. */
export function listErrors(errors: Record<string, string>): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const [path, message] of Object.entries(errors)) {
    const field = path.replace(/[[.]\d+.*$/, '');
    merged[field] = merged[field] ? `${merged[field]} · ${message}` : message;
  }
  return merged;
}
