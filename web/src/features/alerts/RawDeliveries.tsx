import { Button, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertDetail, RawPayload } from '@/api/model';
import { useCan } from '@/api/permissions';
import { formatBytes } from '@/lib/numbers';
import { fullTime } from '@/lib/time';
import { CopyButton } from '@/ui/CopyButton';
import { ErrorState } from '@/ui/ErrorState';
import { Panel } from '@/ui/Panel';
import { RawText } from '@/ui/RawText';
import classes from './alerts.module.css';
import { rawQuery } from './api';

/** What was delivered, as it came; fetched only when asked for, because it may be large. */
export function RawDeliveries({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const [isShown, setIsShown] = useState(false);
  const canRead = useCan('tickets:raw', alert.organization_id);
  const raw = useQuery({ ...rawQuery(alert.id), enabled: isShown });
  return (
    <Panel
      title={t('alerts.raw.title')}
      actions={
        <Button
          size="xs"
          variant="default"
          disabled={!canRead}
          title={canRead ? undefined : t('common.no_permission', { permission: 'tickets:raw' })}
          aria-expanded={isShown}
          loading={isShown && raw.isPending}
          onClick={() => setIsShown(!isShown)}
        >
          {t(isShown ? 'common.action.hide' : 'common.action.show')}
        </Button>
      }
    >
      {isShown && raw.error && <ErrorState error={raw.error} onRetry={() => void raw.refetch()} />}
      {isShown && raw.data && <Deliveries items={raw.data} />}
      {!isShown && <span className={classes.dim}>{t('alerts.raw.hint')}</span>}
    </Panel>
  );
}

function Deliveries({ items }: { items: RawPayload[] }) {
  const { t, i18n } = useTranslation();
  const [chosen, setChosen] = useState(0);
  const item = items[chosen];
  if (!item) return <p className={classes.dim}>{t('alerts.raw.empty')}</p>;
  return (
    <div className={classes.raw}>
      {items.length > 1 && (
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label={t('alerts.raw.delivery')}
          value={String(chosen)}
          data={items.slice(0, 6).map((_, index) => ({ value: String(index), label: `${index + 1}` }))}
          onChange={(value) => setChosen(Number(value))}
        />
      )}
      <div className={classes.rawHead}>
        <span>{fullTime(item.received_at, i18n.language)}</span>
        <span className="mono">{item.content_type}</span>
        <span>{formatBytes(item.size_bytes, i18n.language)}</span>
        {!item.is_left_out && <CopyButton value={item.body_text} label={t('alerts.raw.copy')} />}
      </div>
      {item.is_lossy && <span className={classes.expired}>{t('common.lossy')}</span>}
      {item.is_left_out ? (
        <p className={classes.dim}>{t('common.left_out', { size: formatBytes(item.size_bytes, i18n.language) })}</p>
      ) : (
        <RawText label={t('alerts.raw.delivery')} text={item.body_text} />
      )}
    </div>
  );
}
