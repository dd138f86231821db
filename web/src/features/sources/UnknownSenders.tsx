import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { UnknownSender } from '@/api/model';
import { useCan } from '@/api/permissions';
import { formatNumber } from '@/lib/numbers';
import { Clip } from '@/ui/Clip';
import type { Column } from '@/ui/DataTable';
import { EmptyState } from '@/ui/EmptyState';
import { ListTable } from '@/ui/ListTable';
import { Facts, Panel } from '@/ui/Panel';
import { RawText } from '@/ui/RawText';
import { RelativeTime } from '@/ui/RelativeTime';
import { SidePanel, SplitView } from '@/ui/SidePanel';
import { unknownSendersQuery } from './api';
import shared from './sources.module.css';
import classes from './syslog.module.css';

const rowId = ({ address, transport }: UnknownSender) => `${address} ${transport}`;
const NARROW: ReadonlySet<string> = new Set(['address', 'transport', 'messages', 'last_seen_at']);

/** Who sends syslog and belongs to no source; any of them can be made one. */
export function UnknownSenders({ onAdopt }: { onAdopt: (address: string) => void }) {
  const { t, i18n } = useTranslation();
  const senders = useQuery(unknownSendersQuery);
  const canWrite = useCan('sources:write');
  const [openId, setOpenId] = useState<string | null>(null);
  const rows = senders.data?.items ?? [];
  const open = rows.find((row) => rowId(row) === openId);
  const isNarrow = open !== undefined;
  const columns = useMemo(() => {
    const all = makeColumns(t, i18n.language, canWrite, onAdopt);
    return isNarrow ? all.filter(({ id }) => NARROW.has(id)) : all;
  }, [t, i18n.language, canWrite, onAdopt, isNarrow]);
  return (
    <>
      {senders.data && rows.length > 0 && (
        <p className={classes.policy}>
          {t(senders.data.policy === 'keep' ? 'sources.senders.policy_keep' : 'sources.senders.policy_refuse')}
        </p>
      )}
      <SplitView panel={open && <SenderPanel sender={open} onAdopt={onAdopt} onClose={() => setOpenId(null)} />}>
        <ListTable
          label={t('sources.senders.title')}
          columns={columns}
          rows={rows}
          getRowId={rowId}
          isLoading={senders.isPending}
          error={senders.error}
          onRetry={() => void senders.refetch()}
          empty={<EmptyState title={t('sources.senders.empty')} text={t('sources.senders.empty_text')} />}
          openId={openId}
          onOpen={(sender) => setOpenId(rowId(sender))}
          card={(sender) => <SenderCard sender={sender} />}
          cardHeight={96}
          rowHeight={44}
          minWidth={isNarrow ? 480 : 900}
        />
      </SplitView>
    </>
  );
}

function makeColumns(
  t: TFunction,
  locale: string,
  canWrite: boolean,
  onAdopt: (address: string) => void,
): Column<UnknownSender>[] {
  return [
    {
      id: 'address',
      header: t('sources.senders.address'),
      width: 'minmax(140px, 1fr)',
      cell: ({ address }) => <Clip text={address} isMono />,
    },
    {
      id: 'transport',
      header: t('sources.senders.transport'),
      width: '96px',
      cell: ({ transport }) => transport.toUpperCase(),
    },
    {
      id: 'messages',
      header: t('sources.senders.count'),
      width: '104px',
      align: 'end',
      cell: ({ messages }) => formatNumber(messages, locale),
    },
    {
      id: 'last_seen_at',
      header: t('sources.senders.last_seen'),
      width: '104px',
      align: 'end',
      cell: ({ last_seen_at }) => <RelativeTime at={last_seen_at} />,
    },
    {
      id: 'sample',
      header: t('sources.senders.sample'),
      width: 'minmax(200px, 3fr)',
      cell: ({ sample }) => <Clip text={sample} isMono isDim />,
    },
    {
      id: 'adopt',
      header: <span className="visually-hidden">{t('sources.senders.adopt')}</span>,
      width: '176px',
      align: 'end',
      cell: ({ address }) => (
        <Button
          size="compact-sm"
          variant="default"
          disabled={!canWrite}
          title={canWrite ? undefined : t('common.no_permission', { permission: 'sources:write' })}
          onClick={(event) => {
            event.stopPropagation();
            onAdopt(address);
          }}
        >
          {t('sources.senders.adopt')}
        </Button>
      ),
    },
  ];
}

function SenderCard({ sender }: { sender: UnknownSender }) {
  const { t, i18n } = useTranslation();
  return (
    <div className={shared.card}>
      <Clip text={sender.address} isMono />
      <RelativeTime at={sender.last_seen_at} />
      <Clip text={sender.sample || t('sources.senders.no_sample')} isDim />
      <span>
        {sender.transport.toUpperCase()} · {formatNumber(sender.messages, i18n.language)}
      </span>
    </div>
  );
}

interface SenderPanelProps {
  sender: UnknownSender;
  onAdopt: (address: string) => void;
  onClose: () => void;
}

function SenderPanel({ sender, onAdopt, onClose }: SenderPanelProps) {
  const { t, i18n } = useTranslation();
  const canWrite = useCan('sources:write');
  const adopt = (
    <Button
      disabled={!canWrite}
      title={canWrite ? undefined : t('common.no_permission', { permission: 'sources:write' })}
      onClick={() => onAdopt(sender.address)}
    >
      {t('sources.senders.adopt')}
    </Button>
  );
  const isUdp = sender.transport === 'udp';
  return (
    <SidePanel
      label={sender.address}
      head={<strong className="mono">{sender.address}</strong>}
      width={480}
      foot={adopt}
      onClose={onClose}
    >
      <Panel title={t('sources.senders.one')}>
        <Facts
          items={[
            { label: t('sources.senders.transport'), value: sender.transport.toUpperCase() },
            {
              label: t(isUdp ? 'sources.senders.messages' : 'sources.listeners.connections'),
              value: formatNumber(sender.messages, i18n.language),
            },
            { label: t('sources.senders.first_seen'), value: <RelativeTime at={sender.first_seen_at} isLong /> },
            { label: t('sources.senders.last_seen'), value: <RelativeTime at={sender.last_seen_at} isLong /> },
          ]}
        />
      </Panel>
      <Panel title={t('sources.senders.sample')}>
        {sender.sample ? (
          <RawText label={t('sources.senders.sample')} text={sender.sample} />
        ) : (
          <p className={classes.dim}>{t('sources.senders.no_sample')}</p>
        )}
      </Panel>
    </SidePanel>
  );
}
