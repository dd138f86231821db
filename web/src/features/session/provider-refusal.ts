import { isApiError } from '@/api/client';

interface Arrival {
  isLink: boolean;
  /** The error that the provider sent people back with. Only a word that we know is heeded: anybody can write it. */
  said: string | undefined;
}

/** What is known here better than by the words of the error itself. */
export function refusalOf(error: unknown, { isLink, said }: Arrival): 'unknown' | 'refused' | 'link_over' | null {
  if (isApiError(error, 'not_found')) return 'unknown';
  const isOver = isApiError(error, 'provider_attempt_over');
  if (said === 'access_denied' && (isOver || isApiError(error, 'provider_denied'))) return 'refused';
  return isOver && isLink ? 'link_over' : null;
}
