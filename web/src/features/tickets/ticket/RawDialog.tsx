import { Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { formatBytes } from '@/lib/numbers';
import { fullTime } from '@/lib/time';
import { CopyButton } from '@/ui/CopyButton';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { RawText } from '@/ui/RawText';
import { rawQuery } from '../api';
import classes from './RawDialog.module.css';

/** What the source delivered, byte for byte as text. Asked for only here. */
export function RawDialog({ ticketId, onClose }: { ticketId: string; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const raw = useQuery(rawQuery(ticketId));
  return (
    <Modal opened onClose={onClose} title={t('ticket.raw.title')} size={880}>
      {raw.isPending && <LoadingSkeleton rows={6} height={28} />}
      {raw.isError && <ErrorState error={raw.error} onRetry={() => void raw.refetch()} />}
      {raw.data?.length === 0 && <p>{t('ticket.raw.empty')}</p>}
      {raw.data?.map((delivery) => (
        <section key={`${delivery.alert_id} ${delivery.received_at}`} className={classes.delivery}>
          <h3 className={classes.head}>
            {fullTime(delivery.received_at, i18n.language)} · {delivery.content_type} ·{' '}
            {formatBytes(delivery.size_bytes, i18n.language)}
            {!delivery.is_left_out && <CopyButton value={delivery.body_text} label={t('ticket.raw.copy')} />}
          </h3>
          {delivery.is_lossy && <p className={classes.note}>{t('common.lossy')}</p>}
          {delivery.is_left_out ? (
            <p className={classes.note}>
              {t('common.left_out', { size: formatBytes(delivery.size_bytes, i18n.language) })}
            </p>
          ) : (
            <RawText label={t('ticket.raw.title')} text={delivery.body_text} maxHeight="360px" />
          )}
        </section>
      ))}
    </Modal>
  );
}
