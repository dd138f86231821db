import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { isApiError } from '@/api/client';
import type { EventDetail } from '@/api/model';
import { problemInReadersWords } from '@/i18n/own-words';
import { formatLabel } from '@/lib/formats';
import { fullTime } from '@/lib/time';
import { CopyButton } from '@/ui/CopyButton';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { Facts } from '@/ui/Panel';
import { RawText } from '@/ui/RawText';
import { SidePanel } from '@/ui/SidePanel';
import { eventQuery } from './api';
import { end, Severity } from './columns';
import classes from './events.module.css';

export function EventPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const event = useQuery(eventQuery(id));
  return (
    <SidePanel label={t('events.one')} head={event.data?.rule_name ?? t('events.one')} width={480} onClose={onClose}>
      {event.isPending && <LoadingSkeleton rows={12} height={32} />}
      {isApiError(event.error, 'not_found') ? (
        <EmptyState title={t('events.gone.title')} text={t('events.gone.text')} />
      ) : (
        event.error && <ErrorState error={event.error} onRetry={() => void event.refetch()} />
      )}
      {event.data && <Detail event={event.data} />}
    </SidePanel>
  );
}

function Detail({ event }: { event: EventDetail }) {
  const { t, i18n } = useTranslation();
  const ocsf = JSON.stringify(event.ocsf, null, 2);
  const facts = [
    { label: t('events.column.received'), value: fullTime(event.received_at, i18n.language) },
    { label: t('events.happened'), value: event.event_at && fullTime(event.event_at, i18n.language) },
    { label: t('common.field.severity'), value: event.severity !== 'unknown' && <Severity row={event} /> },
    { label: t('events.column.source'), value: event.source_ip && end(event.source_ip, event.source_port) },
    {
      label: t('events.column.destination'),
      value: event.destination_ip && end(event.destination_ip, event.destination_port),
    },
    { label: t('events.column.action'), value: event.action },
    { label: t('events.column.event_code'), value: event.event_code },
    { label: t('events.sender'), value: event.sender },
    { label: t('events.column.device'), value: event.device },
    { label: t('events.column.user'), value: event.user },
    { label: t('events.column.host'), value: event.host },
    { label: t('events.column.format'), value: event.unparsed ? null : formatLabel(event.format) },
    { label: t('events.unparsed'), value: event.unparsed && whyUnparsed(event.unparsed, t) },
    { label: t('events.problems'), value: event.problems.map((problem) => problemInReadersWords(problem)).join(' · ') },
  ];
  return (
    <div className={classes.detail}>
      <Facts items={facts.filter(({ value }) => value)} />
      <Tabs defaultValue={event.fields.length > 0 ? 'fields' : 'raw'} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="fields">{t('events.tab.fields')}</Tabs.Tab>
          <Tabs.Tab value="raw">{t('events.tab.raw')}</Tabs.Tab>
          <Tabs.Tab value="ocsf">OCSF</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="fields">
          {event.fields.length === 0 && <p className={classes.empty}>{t('events.no_fields')}</p>}
          <dl className={classes.fields}>
            {event.fields.map(({ name, value }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a name may stand twice, and the order is the sender's
              <div key={index} className={classes.field}>
                <dt>{name}</dt>
                <dd>
                  <span>{value}</span>
                  <CopyButton value={value} label={t('events.copy_field', { name })} />
                </dd>
              </div>
            ))}
          </dl>
        </Tabs.Panel>
        <Tabs.Panel value="raw">
          <div className={classes.copy}>
            {event.is_base64 && <span className={classes.hint}>{t('events.base64')}</span>}
            <CopyButton value={event.raw} label={t('events.copy_raw')} />
          </div>
          <RawText label={t('events.tab.raw')} text={event.raw} maxHeight="60vh" />
        </Tabs.Panel>
        <Tabs.Panel value="ocsf">
          <div className={classes.copy}>
            <CopyButton value={ocsf} label={t('events.copy_ocsf')} />
          </div>
          <RawText label="OCSF" text={ocsf} maxHeight="60vh" />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

function whyUnparsed(code: string, t: TFunction): string {
  return t(`events.why_unparsed.${code}` as 'events.why_unparsed.empty', '') || code;
}
