import { Progress } from '@mantine/core';
import { IconDatabaseOff, IconStack2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useCan } from '@/api/permissions';
import { formatBytes, formatNumber } from '@/lib/numbers';
import { intakeHealthQuery } from './api';
import classes from './sources.module.css';

/** Says when deliveries wait on disk; nothing is lost, and nothing is shown while all is well. */
export function IntakeBanner() {
  const { t, i18n } = useTranslation();
  const canRead = useCan('health:read');
  const health = useQuery({ ...intakeHealthQuery, enabled: canRead }).data;
  if (!health || (health.database === 'ok' && health.spool.items === 0)) return null;
  const { items, bytes, limit_bytes } = health.spool;
  const isAway = health.database === 'away';
  const share = limit_bytes > 0 ? (bytes / limit_bytes) * 100 : 0;
  return (
    <div className={classes.banner} role="status" data-bad={share > 80 || undefined}>
      {isAway ? (
        <IconDatabaseOff size={20} stroke={1.5} aria-hidden />
      ) : (
        <IconStack2 size={20} stroke={1.5} aria-hidden />
      )}
      <div className={classes.bannerText}>
        <strong>{t(isAway ? 'sources.intake.away' : 'sources.intake.spooling')}</strong>
        <span>
          {t('sources.intake.waiting', {
            count: items,
            items: formatNumber(items, i18n.language),
            bytes: formatBytes(bytes, i18n.language),
            limit: formatBytes(limit_bytes, i18n.language),
          })}
        </span>
      </div>
      <Progress
        value={share}
        w={160}
        color={share > 80 ? 'var(--cc-bad)' : 'var(--cc-warn)'}
        aria-label={t('sources.intake.share')}
      />
    </div>
  );
}
