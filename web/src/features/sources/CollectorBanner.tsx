import { Anchor } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { sourcesQuery } from '@/api/sources';
import { listenersQuery } from './api';
import classes from './sources.module.css';

/** Says what keeps log lines from being taken or kept, of any process; nothing while all is well. */
export function CollectorBanner({ onLook }: { onLook?: () => void }) {
  const { t } = useTranslation();
  const nodes = useQuery(listenersQuery).data?.nodes ?? [];
  const silent = useSilent();
  const problems = [...new Set(nodes.flatMap((node) => node.problems))];
  if (problems.length === 0 && silent === 0) return null;
  const down = nodes.flatMap((node) => node.listeners).filter(({ address }) => !address).length;
  const isFailing = nodes.some(({ state }) => state === 'failing');
  return (
    <div className={classes.banner} role="status" data-bad={isFailing || undefined}>
      <IconAlertTriangle size={20} stroke={1.5} aria-hidden />
      <div className={classes.bannerText}>
        <strong>{t(isFailing ? 'sources.collector.failing' : 'sources.collector.degraded')}</strong>
        {problems.map((problem) => (
          <span key={problem}>{t(`sources.collector.problem.${problem}`, { count: down })}</span>
        ))}
        {silent > 0 && <span>{t('sources.collector.silent', { count: silent })}</span>}
      </div>
      {onLook && problems.length > 0 && (
        <Anchor component="button" type="button" onClick={onLook}>
          {t('sources.collector.look')}
        </Anchor>
      )}
    </div>
  );
}

/** Sources of log lines that say nothing for longer than each of them may; those that may for ever are none. */
function useSilent(): number {
  const sources = useQuery(sourcesQuery).data ?? [];
  return sources.filter((source) => source.kind === 'syslog' && source.is_enabled && source.silent_since).length;
}
