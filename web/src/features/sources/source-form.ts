import { type UseFormReturnType, useForm } from '@mantine/form';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { isApiError } from '@/api/client';
import type { Source, SourceKind, SourceMapping } from '@/api/model';
import { numberOrNull } from '@/lib/numbers';
import { errorText, fieldErrors, listErrors } from '@/ui/error-text';
import { mappingProblem } from './MappingEditor';
import { readNetworks, wrongNetwork } from './networks';

export interface SourceValues {
  name: string;
  kind: SourceKind;
  organizations: SourceMapping[];
  networks: string;
  format: string;
  zone: string;
  silent_after_minutes: number | string;
  storm_limit: number | string;
}

export type SourceFormApi = UseFormReturnType<SourceValues>;

export function useSourceForm(initialValues: SourceValues): SourceFormApi {
  const { t } = useTranslation();
  return useForm<SourceValues>({
    initialValues,
    validate: {
      name: (text) => (text.trim() ? null : t('common.state.required')),
      networks: (text, { kind }) => (kind === 'syslog' ? networksError(text, t) : null),
      organizations: (rows, { kind }) => {
        const problem = mappingProblem(rows, kind);
        return problem && t(problem);
      },
    },
  });
}

function networksError(text: string, t: TFunction): string | null {
  const networks = readNetworks(text);
  if (networks.length === 0) return t('sources.networks.empty');
  const wrong = wrongNetwork(networks);
  return wrong === undefined ? null : t('sources.networks.wrong', { text: wrong });
}

export function newSource(organizationId: string, network: string | undefined): SourceValues {
  return {
    name: '',
    kind: network === undefined ? 'fortisiem' : 'syslog',
    organizations: [{ match: null, organization_id: organizationId }],
    networks: network ?? '',
    format: '',
    zone: '',
    silent_after_minutes: '',
    storm_limit: '',
  };
}

export function valuesOf(source: Source): SourceValues {
  return {
    name: source.name,
    kind: source.kind,
    organizations: source.organizations,
    networks: source.networks.join('\n'),
    format: source.format ?? '',
    zone: source.zone_offset_minutes == null ? '' : String(source.zone_offset_minutes),
    silent_after_minutes: source.silent_after_minutes ?? '',
    storm_limit: source.storm_limit ?? '',
  };
}

/** What creating and changing have in common. */
export function bodyOf(values: SourceValues) {
  const isSyslog = values.kind === 'syslog';
  return {
    name: values.name.trim(),
    organizations: values.organizations.map((row) => ({ ...row, match: row.match?.trim() ?? null })),
    zone_offset_minutes: numberOrNull(values.zone),
    silent_after_minutes: numberOrNull(values.silent_after_minutes),
    ...(isSyslog && { networks: readNetworks(values.networks), format: values.format || null }),
  };
}

/** Each refusal under the field it is about. */
export function sourceErrors(error: unknown, values: SourceValues, t: TFunction): Record<string, string> {
  if (isApiError(error, 'name_taken')) return { name: errorText(error, t) };
  if (isApiError(error, 'match_taken')) return { organizations: errorText(error, t) };
  if (isApiError(error, 'network_taken')) return { networks: errorText(error, t) };
  const errors = Object.entries(fieldErrors(error)).map(([path, message]) => {
    const index = /^networks\[(\d+)\]/.exec(path)?.[1];
    if (index === undefined) return [path === 'zone_offset_minutes' ? 'zone' : path, message];
    return [path, t('sources.networks.wrong', { text: readNetworks(values.networks)[Number(index)] ?? '' })];
  });
  return listErrors(Object.fromEntries(errors));
}
