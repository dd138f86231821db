import { Button } from '@mantine/core';
import { IconDownload, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, apiUrl } from '@/api/client';
import type { QuarantineDetail } from '@/api/model';
import { useCan } from '@/api/permissions';
import { formatBytes } from '@/lib/numbers';
import { fullTime } from '@/lib/time';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { CopyButton } from '@/ui/CopyButton';
import { DetailHeader } from '@/ui/DetailHeader';
import { ErrorState } from '@/ui/ErrorState';
import { errorText } from '@/ui/error-text';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { notifyDone } from '@/ui/notify';
import { PageFrame, PageScroll } from '@/ui/PageHeader';
import { Facts, Panel } from '@/ui/Panel';
import { RawText } from '@/ui/RawText';
import { quarantineItemQuery, useDiscard, useReplay } from './api';
import classes from './quarantine.module.css';
import { positionText, QuarantineState, reasonText } from './quarantine-look';

const route = getRouteApi('/shell/quarantine/$id');

export function QuarantineItemPage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const item = useQuery(quarantineItemQuery(id));
  const replay = useReplay();
  return (
    <PageFrame>
      <DetailHeader
        back={<Link to="/quarantine">{t('quarantine.title')}</Link>}
        title={t('quarantine.one')}
        actions={item.data && <ItemActions item={item.data} replay={replay} />}
      />
      <PageScroll>
        {item.isPending && <LoadingSkeleton rows={12} />}
        {item.error && <ErrorState error={item.error} onRetry={() => void item.refetch()} />}
        {replay.error && item.data?.state === 'held' && <StillRefused error={replay.error} />}
        {item.data && <ItemBody item={item.data} />}
      </PageScroll>
    </PageFrame>
  );
}

/** Replaying met a mistake again: says which, where it may have become another. */
function StillRefused({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const isRefusal = error instanceof ApiError && error.status === 422;
  const text = isRefusal
    ? reasonText({ reason_code: error.code, reason: error.problem.detail ?? error.code }, t)
    : errorText(error, t);
  return (
    <p className={classes.refused} role="alert">
      {isRefusal ? `${t('quarantine.still_refused')} ${text}` : text}
    </p>
  );
}

function ItemBody({ item }: { item: QuarantineDetail }) {
  const { t, i18n } = useTranslation();
  const place = positionText(item, t);
  const words = reasonText(item, t);
  return (
    <>
      <Panel title={t('common.field.reason')}>
        <p className={classes.reason}>{words}</p>
        <Facts
          items={[
            { label: t('common.field.state'), value: <QuarantineState state={item.state} /> },
            { label: t('quarantine.column.position'), value: place },
            {
              label: t('quarantine.column.path'),
              value: item.position?.path && <code className="mono">{item.position.path}</code>,
            },
            { label: t('quarantine.column.detail'), value: words === item.reason ? null : item.reason },
            { label: t('quarantine.column.source'), value: item.source_name },
            { label: t('quarantine.column.received'), value: fullTime(item.received_at, i18n.language) },
            { label: t('quarantine.settled'), value: item.settled_reason },
          ].filter(({ value }) => value)}
        />
      </Panel>
      <Panel
        title={t('quarantine.body')}
        meta={`${item.content_type ?? ''} · ${formatBytes(item.size_bytes, i18n.language)}`}
        actions={<CopyButton value={item.body_text} label={t('quarantine.copy')} />}
      >
        {item.is_lossy && <p className={classes.lossy}>{t('common.lossy')}</p>}
        <RawText
          label={t('quarantine.body_text')}
          text={item.body_text}
          line={item.position?.line}
          column={item.position?.column}
          maxHeight="max(280px, calc(100dvh - 420px))"
        />
      </Panel>
    </>
  );
}

interface ItemActionsProps {
  item: QuarantineDetail;
  replay: ReturnType<typeof useReplay>;
}

function ItemActions({ item, replay }: ItemActionsProps) {
  const { t } = useTranslation();
  const [isDiscarding, setIsDiscarding] = useState(false);
  const canWrite = useCan('quarantine:write');
  const isHeld = item.state === 'held';
  const blocked = !canWrite
    ? t('common.no_permission', { permission: 'quarantine:write' })
    : isHeld
      ? undefined
      : t('quarantine.settled_already');
  const isBlocked = blocked !== undefined;
  const again = () => replay.mutate(item.id, { onSuccess: () => notifyDone(t('quarantine.replayed')) });
  return (
    <>
      <Button
        component="a"
        href={apiUrl(`/quarantine/${item.id}/raw`)}
        download
        variant="default"
        leftSection={<IconDownload size={15} aria-hidden />}
      >
        {t('common.action.download')}
      </Button>
      <Button
        variant="default"
        leftSection={<IconTrash size={15} aria-hidden />}
        disabled={isBlocked}
        title={blocked}
        onClick={() => setIsDiscarding(true)}
      >
        {t('common.action.discard')}
      </Button>
      <Button
        leftSection={<IconPlayerPlay size={15} aria-hidden />}
        disabled={isBlocked}
        title={blocked}
        loading={replay.isPending}
        onClick={again}
      >
        {t('quarantine.replay')}
      </Button>
      {isDiscarding && <DiscardDialog id={item.id} onClose={() => setIsDiscarding(false)} />}
    </>
  );
}

function DiscardDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const discard = useDiscard();
  return (
    <ConfirmDialog
      isOpen
      title={t('quarantine.discard.title')}
      text={t('quarantine.discard.text')}
      confirmLabel={t('common.action.discard')}
      isDangerous
      asksReason
      isPending={discard.isPending}
      error={discard.error}
      onConfirm={(reason) =>
        discard.mutate(
          { id, reason },
          {
            onSuccess: () => {
              notifyDone(t('quarantine.discarded'));
              onClose();
            },
          },
        )
      }
      onClose={onClose}
    />
  );
}
