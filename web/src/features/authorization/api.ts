import { queryOptions, useMutation } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { BodyOf } from '@/api/operations';

export const policiesQuery = queryOptions({
  queryKey: keys.other('authorization', 'policies'),
  queryFn: ({ signal }) => api('GET /authorization/policies', { signal }),
});

export const matrixQuery = queryOptions({
  queryKey: keys.other('authorization', 'matrix'),
  queryFn: ({ signal }) => api('GET /authorization/matrix', { signal }),
});

export const operationsQuery = queryOptions({
  queryKey: keys.other('authorization', 'operations'),
  queryFn: ({ signal }) => api('GET /authorization/operations', { signal }),
});

export interface WhyQuestion {
  email: string;
  permission: string;
  address?: string;
}

export function useWhy() {
  return useMutation({
    mutationFn: (question: WhyQuestion) => api('GET /authorization/why', { query: { ...question } }),
  });
}

export function usePreview() {
  return useMutation({
    mutationFn: (body: BodyOf<'POST /authorization/preview'>) => api('POST /authorization/preview', { body }),
  });
}
