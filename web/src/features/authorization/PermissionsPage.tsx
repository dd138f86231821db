import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/permissions';
import { PageFrame, PageHeader } from '@/ui/PageHeader';
import tabs from '@/ui/tabs.module.css';
import { policiesQuery } from './api';
import classes from './authorization.module.css';
import { Operations } from './Operations';
import { Preview } from './Preview';
import { parsePermissionsSearch } from './search';
import { Why } from './Why';

const route = getRouteApi('/shell/permissions');

/** The policies of the running installation: what they say, why, and what a change would do. */
export function PermissionsPage() {
  const { t } = useTranslation();
  const { view } = route.useSearch();
  const navigate = useNavigate({ from: '/permissions' });
  // The file is of all organizations: who works in some of them does not see it.
  const everywhere = useMe()?.permissions_everywhere ?? [];
  const policies = useQuery({ ...policiesQuery, enabled: everywhere.includes('authorization:read') }).data;
  const canPreview = everywhere.includes('authorization:preview');
  return (
    <PageFrame>
      <PageHeader
        title={t('authorization.title')}
        meta={
          policies && (
            <span title={policies.sha256}>
              {policies.file ?? t('authorization.shipped')} ·{' '}
              <code className="mono">{policies.sha256.slice(0, 12)}</code>
            </span>
          )
        }
      />
      {policies?.refused && <Refused mistakes={policies.refused.mistakes} />}
      <Tabs
        className={tabs.page}
        value={view ?? 'operations'}
        onChange={(next) => void navigate({ search: parsePermissionsSearch({ view: next }) })}
        keepMounted={false}
      >
        <Tabs.List>
          <Tabs.Tab value="operations">{t('authorization.operations')}</Tabs.Tab>
          <Tabs.Tab value="why">{t('authorization.why')}</Tabs.Tab>
          {canPreview && <Tabs.Tab value="preview">{t('authorization.preview')}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="operations">
          <Operations />
        </Tabs.Panel>
        <Tabs.Panel value="why">
          <Why />
        </Tabs.Panel>
        {canPreview && (
          <Tabs.Panel value="preview">
            <Preview />
          </Tabs.Panel>
        )}
      </Tabs>
    </PageFrame>
  );
}

interface RefusedProps {
  mistakes: readonly { line: number; column: number; problem: string; suggestion: string }[];
}

/** A changed file that the server keeps out, with each mistake at its line. */
function Refused({ mistakes }: RefusedProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.refused} role="alert">
      <strong>{t('authorization.refused')}</strong>
      <ul>
        {mistakes.map((mistake) => (
          <li key={`${mistake.line}:${mistake.column}:${mistake.problem}`}>
            {t('authorization.place', { line: mistake.line, column: mistake.column })} {mistake.problem};{' '}
            {mistake.suggestion}
          </li>
        ))}
      </ul>
    </div>
  );
}
