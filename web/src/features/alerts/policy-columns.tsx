import { IconBellOff, IconEye, IconTicket } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import type { AlertPolicy } from '@/api/model';
import { formatNumber } from '@/lib/numbers';
import { fullTime, shortDate } from '@/lib/time';
import { Clip } from '@/ui/Clip';
import type { Column } from '@/ui/DataTable';
import classes from './alerts.module.css';

export interface PolicyContext {
  t: TFunction;
  locale: string;
  nameOf: (organizationId: string) => string;
  sourceName: (id: string) => string;
  menu: (policy: AlertPolicy) => ReactNode;
}

const ICONS = { ticket: IconTicket, alert_only: IconEye, suppress: IconBellOff } as const;

export function makePolicyColumns(context: PolicyContext): Column<AlertPolicy>[] {
  const { t, locale, nameOf, menu } = context;
  return [
    {
      id: 'action',
      header: t('alerts.policies.action_label'),
      width: '176px',
      cell: (policy) => <ActionCell policy={policy} t={t} />,
    },
    {
      id: 'scope',
      header: t('alerts.policies.scope'),
      width: 'minmax(200px, 1.4fr)',
      cell: (policy) => <Scope policy={policy} context={context} />,
    },
    {
      id: 'organization',
      header: t('common.field.organization'),
      width: 'minmax(120px, 1fr)',
      cell: (policy) => <Clip text={nameOf(policy.organization_id)} isDim />,
    },
    {
      id: 'reason',
      header: t('common.field.reason'),
      width: 'minmax(180px, 2fr)',
      cell: (policy) => <Clip text={policy.reason} />,
    },
    {
      id: 'until',
      header: t('alerts.policies.until'),
      width: '176px',
      cell: (policy) => <Until policy={policy} t={t} locale={locale} />,
    },
    {
      id: 'hits',
      header: <span title={t('alerts.policies.hits_hint')}>{t('alerts.policies.hits')}</span>,
      width: '92px',
      align: 'end',
      cell: (policy) => formatNumber(policy.hits, locale),
    },
    {
      id: 'menu',
      header: <span className="visually-hidden">{t('common.action.more')}</span>,
      width: '52px',
      align: 'end',
      cell: menu,
    },
  ];
}

function ActionCell({ policy, t }: { policy: AlertPolicy; t: TFunction }) {
  const Icon = ICONS[policy.action];
  return (
    <span className={classes.state}>
      <Icon size={16} stroke={1.5} aria-hidden />
      <span className="truncate">{t(`alerts.policies.action.${policy.action}`)}</span>
    </span>
  );
}

function Scope({ policy, context }: { policy: AlertPolicy; context: PolicyContext }) {
  const { t, sourceName } = context;
  return (
    <div className={classes.two}>
      <Clip
        text={policy.rule_id ?? t('alerts.policies.any_rule')}
        isMono={policy.rule_id !== null}
        isDim={policy.rule_id === null}
      />
      <Clip text={policy.source_id ? sourceName(policy.source_id) : t('alerts.policies.any_source')} isDim />
    </div>
  );
}

function Until({ policy, t, locale }: { policy: AlertPolicy; t: TFunction; locale: string }) {
  if (!policy.until) return <span className={classes.dim}>{t('alerts.policies.no_end')}</span>;
  const isOver = Date.parse(policy.until) < Date.now();
  return (
    <span className={isOver ? classes.ended : undefined} title={fullTime(policy.until, locale)}>
      {isOver ? t('alerts.policies.ended', { date: shortDate(policy.until, locale) }) : shortDate(policy.until, locale)}
    </span>
  );
}

export function PolicyCard({ policy, context }: { policy: AlertPolicy; context: PolicyContext }) {
  const { t, locale, menu } = context;
  return (
    <div className={`${classes.card} ${classes.policyCard}`}>
      <ActionCell policy={policy} t={t} />
      <Until policy={policy} t={t} locale={locale} />
      {menu(policy)}
      <span className={classes.cardMeta}>
        <span className="mono truncate">{policy.rule_id ?? t('alerts.policies.any_rule')}</span>
        <span className="truncate">{context.nameOf(policy.organization_id)}</span>
      </span>
      <span className={classes.cardTitle}>{policy.reason}</span>
    </div>
  );
}
