import { useThrottledCallback } from '@mantine/hooks';
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { useLiveEvents } from '@/api/live';
import type { LiveEvent } from '@/api/live-frames';
import type { AssetInput, ImportPreview, ImportResult, RelationKind } from '@/api/model';
import { pagedQuery } from '@/api/queries';
import type { AssetsSearch } from './search';

/** An import tells of thousands of assets; the list need not follow each. */
const REFRESH_MS = 5000;

export function assetsQuery(filters: AssetsSearch) {
  return pagedQuery('assets', filters, (query, signal) => api('GET /assets', { query, signal }));
}

export function assetQuery(id: string) {
  return queryOptions({
    queryKey: keys.one('assets', id),
    queryFn: ({ signal }) => api('GET /assets/{id}', { path: { id }, signal }),
  });
}

/** A few assets whose name or address holds the text, to pick one. */
export function assetChoicesQuery(organizationId: string, q: string) {
  const query = { organization_id: organizationId, q: q || undefined, limit: 20 };
  return queryOptions({
    queryKey: keys.other('assets', 'choices', query),
    queryFn: async ({ signal }) => (await api('GET /assets', { query, signal })).items,
  });
}

export function openTicketsQuery(assetId: string) {
  const query = { asset_id: assetId, stage: 'new,in_progress,pending', limit: 8 };
  return queryOptions({
    queryKey: keys.other('tickets', 'of-asset', query),
    queryFn: async ({ signal }) => (await api('GET /tickets', { query, signal })).items,
  });
}

export function useLiveAssets(): void {
  const queryClient = useQueryClient();
  const refresh = useThrottledCallback(() => {
    void queryClient.invalidateQueries({ queryKey: keys.all('assets') });
  }, REFRESH_MS);
  useLiveEvents(
    'assets',
    useCallback((_: LiveEvent[]) => refresh(), [refresh]),
  );
}

function useAssetMutation<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.all('assets') }),
  });
}

export function useCreateAsset() {
  return useAssetMutation((body: AssetInput) => api('POST /assets', { body }));
}

export interface AssetEdit {
  id: string;
  version: number;
  change: Partial<AssetInput>;
}

export function useUpdateAsset() {
  return useAssetMutation(({ id, version, change }: AssetEdit) =>
    api('PATCH /assets/{id}', { path: { id }, body: change, version }),
  );
}

export function useDeleteAsset() {
  return useAssetMutation((id: string) => api('DELETE /assets/{id}', { path: { id } }));
}

export function useAddRelation(id: string) {
  return useAssetMutation((body: { kind: RelationKind; asset_id: string }) =>
    api('POST /assets/{id}/relations', { path: { id }, body }),
  );
}

export function useRemoveRelation(id: string) {
  return useAssetMutation((relationId: string) =>
    api('DELETE /assets/{id}/relations/{relation_id}', { path: { id, relation_id: relationId } }),
  );
}

export interface ImportRequest {
  file: File;
  organizationId: string;
  skipInvalid: boolean;
}

/** What the file would do; nothing is written. */
export function usePreviewImport() {
  return useMutation({ mutationFn: (request: ImportRequest) => importAssets(request, true) as Promise<ImportPreview> });
}

export function useImportAssets() {
  return useAssetMutation((request: ImportRequest) => importAssets(request, false) as Promise<ImportResult>);
}

function importAssets({ file, organizationId, skipInvalid }: ImportRequest, isDryRun: boolean) {
  return api('POST /assets/import', {
    query: {
      organization_id: organizationId,
      dry_run: isDryRun || undefined,
      skip_invalid: skipInvalid || undefined,
    },
    // Browsers name the type of a .csv after whatever program opens it.
    body: new Blob([file], { type: 'text/csv' }),
  });
}
