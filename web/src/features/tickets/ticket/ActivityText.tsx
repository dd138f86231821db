import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Activity } from '@/api/model';
import { assignableQuery } from '@/api/queries';

const STAGES = ['new', 'in_progress', 'pending', 'resolved', 'closed'] as const;
const VERDICTS = ['true_positive', 'benign_positive', 'false_positive', 'undetermined', 'duplicate'] as const;
const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;
const FIELDS = ['title', 'description', 'severity', 'tags'] as const;
const PLAIN = [
  'created',
  'comment',
  'source_cleared',
  'reopened',
  'linked',
  'unlinked',
  'suppression_offered',
  'watched',
] as const;

/** One line of the history as a sentence. What is unknown shows its own name rather than nothing. */
export function ActivityText({ entry, organizationId }: { entry: Activity; organizationId: string }) {
  const { t } = useTranslation();
  const people = useQuery(assignableQuery(organizationId)).data ?? [];
  const personName = (id: unknown) => people.find((person) => person.id === id)?.display_name;
  return <>{sentence(entry, t, personName)}</>;
}

function sentence(entry: Activity, t: TFunction, personName: (id: unknown) => string | undefined): string {
  const { kind, detail } = entry;
  if (kind === 'status') return statusText(detail, t);
  if (kind === 'assigned') return assignedText(detail, t, personName);
  if (kind === 'verdict')
    return t('ticket.activity.verdict', { verdict: named(VERDICTS, detail.verdict, (v) => t(`common.verdict.${v}`)) });
  if (kind === 'edited') return editedText(detail, t);
  if (kind === 'alert') return t('ticket.activity.alert', { count: Number(detail.count ?? detail.alerts ?? 1) });
  if (kind === 'merged' || kind === 'split') return t(`ticket.activity.${kind}`, { what: references(detail) });
  if (kind === 'attachment') return t('ticket.activity.attachment', { name: String(detail.name ?? '') });
  const plain = PLAIN.find((each) => each === kind);
  return plain ? t(`ticket.activity.${plain}`) : kind.replaceAll('_', ' ');
}

function named<T extends string>(known: readonly T[], value: unknown, name: (value: T) => string): string {
  const found = known.find((each) => each === value);
  return found ? name(found) : String(value ?? '—');
}

function statusText(detail: Activity['detail'], t: TFunction): string {
  const stage = (value: unknown) => named(STAGES, value, (each) => t(`common.stage.${each}`));
  if ('to_status' in detail) {
    return t('ticket.activity.status', { to: String(detail.to_status ?? stage(detail.stage)) });
  }
  return t('ticket.activity.status', { to: stage(detail.to) });
}

function assignedText(
  detail: Activity['detail'],
  t: TFunction,
  personName: (id: unknown) => string | undefined,
): string {
  const to = detail.assignee ?? detail.to_name ?? personName(detail.to) ?? detail.to;
  return to ? t('ticket.activity.assigned', { to: String(to) }) : t('ticket.activity.unassigned');
}

function editedText(detail: Activity['detail'], t: TFunction): string {
  const fields = FIELDS.filter((field) => field in detail).map((field) => {
    if (field === 'title') return t('tickets.column.title').toLocaleLowerCase();
    return t(`common.field.${field}`).toLocaleLowerCase();
  });
  const severity = detail.severity as { to?: unknown } | undefined;
  const to = severity?.to ? ` (${named(LEVELS, severity.to, (level) => t(`common.level.${level}`))})` : '';
  return t('ticket.activity.edited', { fields: fields.join(', ') || '…' }) + to;
}

function references(detail: Activity['detail']): string {
  const value = detail.members ?? detail.member ?? detail.reference ?? detail.references ?? '';
  if (Array.isArray(value)) {
    return value
      .map((each) =>
        typeof each === 'object' && each ? String((each as { reference?: string }).reference ?? '') : String(each),
      )
      .join(', ');
  }
  return String(value);
}
