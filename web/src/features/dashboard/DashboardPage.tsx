import { SegmentedControl } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Dashboard, Period } from '@/api/model';
import { FiguresPage } from '@/ui/FiguresPage';
import { useDashboard, useLiveDashboard } from './api';
import { bucketSpans } from './buckets';
import classes from './dashboard.module.css';
import { AssetsPanel, RulesPanel, StagePanel, VerdictPanel, WorkloadPanel } from './Rankings';
import { PERIODS, readPeriod } from './search';
import { Tiles } from './Tiles';
import { VolumePanel } from './VolumePanel';

const route = getRouteApi('/shell/dashboard');

export function DashboardPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const period = readPeriod(search.period);
  const dashboard = useDashboard(period, search.organization_id);
  useLiveDashboard();
  return (
    <FiguresPage title={t('dashboard.title')} actions={<PeriodPicker period={period} />} query={dashboard}>
      {(data) => (
        <div className={dashboard.isPlaceholderData ? classes.stale : undefined}>
          <Board data={data} period={period} organizationId={search.organization_id} />
        </div>
      )}
    </FiguresPage>
  );
}

function PeriodPicker({ period }: { period: Period }) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: '/dashboard' });
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('dashboard.period.label')}
      value={period}
      data={PERIODS.map((value) => ({ value, label: t(`dashboard.period.${value}`) }))}
      onChange={(value) => void navigate({ search: (current) => ({ ...current, period: value }), replace: true })}
    />
  );
}

interface BoardProps {
  data: Dashboard;
  period: Period;
  organizationId: string | undefined;
}

function Board({ data, period, organizationId }: BoardProps) {
  const since = bucketSpans(data.volume)[0]?.from ?? '';
  const ranking = { data, organizationId, since };
  return (
    <>
      <Tiles tiles={data.tiles} organizationId={organizationId} />
      <div className={classes.grid}>
        <div className={classes.wide}>
          <VolumePanel volume={data.volume} period={period} organizationId={organizationId} />
        </div>
        <div className={classes.side}>
          <StagePanel {...ranking} />
          <VerdictPanel {...ranking} />
        </div>
        <div className={classes.third}>
          <RulesPanel {...ranking} />
        </div>
        <div className={classes.third}>
          <AssetsPanel {...ranking} />
        </div>
        <div className={classes.third}>
          <WorkloadPanel {...ranking} />
        </div>
      </div>
    </>
  );
}
