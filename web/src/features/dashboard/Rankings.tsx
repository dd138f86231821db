import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Dashboard } from '@/api/model';
import { inReadersWords } from '@/i18n/own-words';
import { Panel } from '@/ui/Panel';
import { StageBadge } from '@/ui/StageBadge';
import { BarList } from './BarList';

interface RankingProps {
  data: Dashboard;
  organizationId: string | undefined;
  /** Where the period begins. */
  since: string;
}

const OPEN = 'new,in_progress,pending';

function plain(text: string): ReactNode {
  return <span className="truncate">{text}</span>;
}

export function StagePanel({ data, organizationId, since }: RankingProps) {
  const { t } = useTranslation();
  const items = data.by_stage.map(({ stage, count }) => ({
    key: stage,
    label: <StageBadge stage={stage} />,
    text: t(`common.stage.${stage}`),
    count,
    search: { stage, created_from: since, organization_id: organizationId },
  }));
  return (
    <Panel title={t('dashboard.by_stage')} isFlush>
      <BarList label={t('dashboard.by_stage')} items={items} empty={t('dashboard.empty')} />
    </Panel>
  );
}

export function VerdictPanel({ data, organizationId }: RankingProps) {
  const { t } = useTranslation();
  const items = data.verdicts.map(({ verdict, count }) => ({
    key: verdict,
    label: plain(t(`common.verdict.${verdict}`)),
    text: t(`common.verdict.${verdict}`),
    count,
    // They ended in the period, whenever they were made.
    search: { verdict, stage: 'resolved,closed', sort: '-last_seen_at', organization_id: organizationId },
  }));
  return (
    <Panel title={t('dashboard.verdicts')} isFlush>
      <BarList label={t('dashboard.verdicts')} items={items} empty={t('dashboard.no_verdicts')} />
    </Panel>
  );
}

export function RulesPanel({ data, organizationId, since }: RankingProps) {
  const { t } = useTranslation();
  const items = data.top_rules.map(({ rule_id, rule_name, count }) => ({
    key: rule_id,
    label: plain(inReadersWords(rule_name)),
    text: inReadersWords(rule_name),
    count,
    search: { rule_id, created_from: since, organization_id: organizationId },
  }));
  return (
    <Panel title={t('dashboard.top_rules')} isFlush>
      <BarList label={t('dashboard.top_rules')} items={items} empty={t('dashboard.empty')} />
    </Panel>
  );
}

export function AssetsPanel({ data, organizationId, since }: RankingProps) {
  const { t } = useTranslation();
  const items = data.top_assets.map(({ asset_id, name, count }) => ({
    key: asset_id,
    label: plain(name),
    text: name,
    count,
    search: { asset_id, created_from: since, organization_id: organizationId },
  }));
  return (
    <Panel title={t('dashboard.top_assets')} isFlush>
      <BarList label={t('dashboard.top_assets')} items={items} empty={t('dashboard.no_assets')} />
    </Panel>
  );
}

export function WorkloadPanel({ data, organizationId }: RankingProps) {
  const { t } = useTranslation();
  const items = data.workload.map(({ user_id, display_name, open }) => {
    const name = (user_id && display_name) ?? t('dashboard.nobody');
    return {
      key: user_id ?? 'none',
      label: user_id ? plain(name) : <em className="truncate">{name}</em>,
      text: name,
      count: open,
      search: { assignee: user_id ?? 'none', stage: OPEN, organization_id: organizationId },
      colour: user_id ? undefined : 'var(--cc-text-dim)',
    };
  });
  return (
    <Panel title={t('dashboard.workload')} meta={t('dashboard.workload_meta')} isFlush>
      <BarList label={t('dashboard.workload')} items={items} empty={t('dashboard.empty')} />
    </Panel>
  );
}
