import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api, apiLines, unreachable } from '@/api/client';
import { keys } from '@/api/keys';
import type { DryRunResult, RuleDetail } from '@/api/model';
import type { BodyOf, Query } from '@/api/operations';
import { pagedQuery } from '@/api/queries';

export const rulesQuery = (filters: Query) =>
  pagedQuery('rules', { ...filters, limit: 100 }, (query, signal) => api('GET /rules', { query, signal }));

export const ruleSuppressionsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.part('rules', id, 'suppressions'),
    queryFn: async ({ signal }) => (await api('GET /rules/{id}/suppressions', { path: { id }, signal })).items,
  });

function useRuleMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.all('rules') }),
  });
}

export function useUpdateRule(rule: Pick<RuleDetail, 'id' | 'version'>) {
  return useRuleMutation((body: BodyOf<'PATCH /rules/{id}'>) =>
    api('PATCH /rules/{id}', { path: { id: rule.id }, body, version: rule.version }),
  );
}

export function useCreateRule() {
  return useRuleMutation((body: BodyOf<'POST /rules'>) => api('POST /rules', { body }));
}

export function useDeleteRule() {
  return useRuleMutation((id: string) => api('DELETE /rules/{id}', { path: { id } }));
}

export function useImportRules() {
  return useRuleMutation((body: BodyOf<'POST /rules/import'>) => api('POST /rules/import', { body }));
}

export function useTestRule() {
  return useMutation({
    mutationFn: (body: BodyOf<'POST /rules/test'>) => api('POST /rules/test', { body }),
  });
}

/** A dry run that tells how far it is, and is called off by `stop` or by leaving the page. */
export function useDryRun(id: string) {
  const [result, setResult] = useState<DryRunResult | null>(null);
  const running = useRef<AbortController>(null);
  const stop = () => running.current?.abort();
  useEffect(() => () => running.current?.abort(), []);
  const run = useMutation({
    mutationFn: async (body: BodyOf<'POST /rules/{id}/dry-run'>) => {
      running.current = new AbortController();
      const { signal } = running.current;
      setResult(null);
      let state: DryRunResult['state'] = 'running';
      const take = (line: DryRunResult) => {
        state = line.state;
        setResult(line);
      };
      try {
        await apiLines('POST /rules/{id}/dry-run', { path: { id }, body, signal }, take);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
      // An answer that ends before it says so was cut off on its way.
      if (state === 'running' && !signal.aborted) throw unreachable();
    },
  });
  return { run, result, stop };
}

export function useSuppress(id: string) {
  return useRuleMutation((body: BodyOf<'POST /rules/{id}/suppressions'>) =>
    api('POST /rules/{id}/suppressions', { path: { id }, body }),
  );
}

export function useEndSuppression(id: string) {
  return useRuleMutation((suppression_id: string) =>
    api('DELETE /rules/{id}/suppressions/{suppression_id}', { path: { id, suppression_id } }),
  );
}
