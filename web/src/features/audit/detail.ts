import type { TFunction } from 'i18next';

/** A value of a record's detail, or what it was and what it is. */
export interface DetailRow {
  field: string;
  value?: unknown;
  change?: readonly [from: unknown, to: unknown];
}

type Fields = Record<string, unknown>;

/** What a record says beside its sentence. */
export function detailRows(detail: unknown): DetailRow[] {
  if (!isFields(detail)) return [];
  if (!isPair(detail)) return rowsOf(detail);
  const { from, to, ...rest } = detail;
  return [...rowsOf({ '': { from, to } }), ...rowsOf(rest)];
}

/** What is absent was not asked for, and is left out. */
const rowsOf = (fields: Fields): DetailRow[] =>
  Object.entries(fields)
    .filter(([, value]) => value !== null)
    .flatMap(([field, value]) => rowsOfOne(field, value));

function rowsOfOne(field: string, value: unknown): DetailRow[] {
  if (isPair(value)) {
    const { from, to } = value;
    return isFields(from) && isFields(to) ? differences(from, to) : [{ field, change: [from, to] }];
  }
  return isFields(value) && Object.values(value).some(isPair) ? rowsOf(value) : [{ field, value }];
}

function differences(from: Fields, to: Fields): DetailRow[] {
  return Object.keys(to)
    .filter((field) => JSON.stringify(from[field]) !== JSON.stringify(to[field]))
    .map((field) => ({ field, change: [from[field], to[field]] }));
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPair = (value: unknown): value is { from: unknown; to: unknown } =>
  isFields(value) && 'from' in value && 'to' in value;

/** A field in the reader's language, where it is known. */
export const fieldName = (field: string, t: TFunction) =>
  t(`audit.field.${field}` as 'audit.field.kind', '') || t(`common.field.${field}` as 'common.field.name', '') || field;

/** Values that have words of their own elsewhere too. */
const SHARED: Record<string, string> = {
  severity: 'level',
  stage: 'stage',
  status: 'stage',
  verdict: 'verdict',
  impact: 'impact',
};

export function valueText(field: string, value: unknown, t: TFunction): string {
  if (value === null || value === undefined || value === '') return t('common.state.none');
  if (typeof value === 'boolean') return t(value ? 'common.state.yes' : 'common.state.no');
  if (typeof value === 'string') return wordOf(field, value, t) || value;
  if (Array.isArray(value) && value.every((part) => typeof part !== 'object')) {
    return value.join(', ') || t('common.state.none');
  }
  return typeof value === 'object' ? JSON.stringify(value, null, 1) : String(value);
}

/** Only a single word can be one of ours. */
function wordOf(field: string, value: string, t: TFunction): string {
  if (!/^\w+$/.test(value)) return '';
  const shared = SHARED[field];
  return shared
    ? t(`common.${shared}.${value}` as 'common.level.high', '')
    : t(`audit.value.${field}.${value}` as 'audit.value.kind.browser', '');
}
