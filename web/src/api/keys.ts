import type { Query } from './operations';

/**
 * Query keys: noun first, so that `[noun]` invalidates everything about it.
 * A list is `[noun, 'list', filters]`, one thing `[noun, 'one', id]`, a part of it `[noun, 'one', id, part]`.
 */
export const keys = {
  session: ['session'] as const,
  all: (noun: string) => [noun] as const,
  list: (noun: string, filters: Query = {}) => [noun, 'list', filters] as const,
  one: (noun: string, id: string) => [noun, 'one', id] as const,
  part: (noun: string, id: string, part: string) => [noun, 'one', id, part] as const,
  other: (noun: string, name: string, filters: Query = {}) => [noun, name, filters] as const,
};
