import { Progress } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ListenerReport, NodeReport } from '@/api/model';
import { formatBytes, formatNumber } from '@/lib/numbers';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { PageScroll } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { listenersQuery } from './api';
import classes from './syslog.module.css';

/** Where syslog is listened for, where not and why, and what was lost on the way in. */
export function Listeners() {
  const { t } = useTranslation();
  const listeners = useQuery(listenersQuery);
  if (!listeners.data) {
    if (listeners.error) return <ErrorState error={listeners.error} onRetry={() => void listeners.refetch()} />;
    return <LoadingSkeleton rows={3} height={56} />;
  }
  const nodes = listeners.data.nodes.toSorted((one, other) => one.node.localeCompare(other.node));
  if (nodes.length === 0)
    return <EmptyState title={t('sources.listeners.empty')} text={t('sources.listeners.empty_text')} />;
  return (
    <PageScroll>
      {listeners.error && (
        <p className={classes.stale} role="status">
          {t('common.state.stale')}
        </p>
      )}
      {nodes.map((node) => (
        <NodePanel key={node.node} node={node} />
      ))}
    </PageScroll>
  );
}

function NodePanel({ node }: { node: NodeReport }) {
  const { t } = useTranslation();
  return (
    <Panel
      title={t('sources.listeners.process', { id: node.node.slice(-6) })}
      meta={
        <>
          {t('sources.listeners.reported')} <RelativeTime at={node.reported_at} isLong />
        </>
      }
      isFlush
    >
      {node.listeners.length === 0 && <p className={classes.none}>{t('sources.listeners.empty_text')}</p>}
      <ul className={classes.listeners}>
        {node.listeners.map((listener) => (
          <Listener key={`${listener.transport} ${listener.asked}`} listener={listener} />
        ))}
      </ul>
      <Spool node={node} />
    </Panel>
  );
}

/** Losses first: they are what somebody comes to see. */
const LOSSES = {
  udp: ['kernel_drops', 'shed', 'refused', 'cut'],
  tcp: ['shed', 'refused', 'cut', 'turned_away'],
  tls: ['shed', 'refused', 'cut', 'turned_away', 'failed_handshakes'],
} as const;

function Listener({ listener }: { listener: ListenerReport }) {
  const { t, i18n } = useTranslation();
  const { transport, asked, address, problem } = listener;
  const isStream = transport !== 'udp';
  const state = address ? (problem ? 'elsewhere' : 'listening') : 'failed';
  return (
    <li className={classes.listener}>
      <div className={classes.listenerHead}>
        <strong className={classes.transport}>{transport.toUpperCase()}</strong>
        <code className="mono">{address ?? asked}</code>
        <span className={classes.state} data-state={state}>
          {t(`sources.listeners.${state}`, { asked })}
        </span>
        {listener.is_held && (
          <span className={classes.state} data-state="elsewhere">
            {t('sources.listeners.held')}
          </span>
        )}
      </div>
      {problem && <ProblemText code={problem.code} detail={problem.detail} />}
      <dl className={classes.figures}>
        <Figure label={t('sources.listeners.received')} value={listener.received} />
        <div>
          <dt>{t('sources.listeners.bytes')}</dt>
          <dd>{formatBytes(listener.received_bytes, i18n.language)}</dd>
        </div>
        {isStream && <Figure label={t('sources.listeners.connections')} value={listener.connections} />}
        {LOSSES[transport].map((name) => (
          <Figure key={name} label={t(`sources.listeners.${name}`)} value={listener[name] ?? 0} isLoss />
        ))}
      </dl>
    </li>
  );
}

function Figure({ label, value, isLoss = false }: { label: string; value: number; isLoss?: boolean }) {
  const { i18n } = useTranslation();
  return (
    <div>
      <dt>{label}</dt>
      <dd data-loss={(isLoss && value > 0) || undefined}>{formatNumber(value, i18n.language)}</dd>
    </div>
  );
}

function Spool({ node: { spool, kept, unparsed, lost, oldest_waiting_at } }: { node: NodeReport }) {
  const { t, i18n } = useTranslation();
  const share = spool.limit_bytes > 0 ? (spool.bytes / spool.limit_bytes) * 100 : 0;
  const isBad = share > 80 || Boolean(spool.problem);
  return (
    <div className={classes.spool}>
      <div className={classes.spoolHead}>
        <strong>{t('sources.listeners.spool')}</strong>
        <span>
          {t('sources.listeners.spool_fill', {
            bytes: formatBytes(spool.bytes, i18n.language),
            limit: formatBytes(spool.limit_bytes, i18n.language),
          })}
        </span>
      </div>
      <Progress
        value={share}
        color={isBad ? 'var(--cc-bad)' : 'var(--cc-accent)'}
        aria-label={t('sources.intake.share')}
      />
      {spool.problem && <ProblemText code={spool.problem.code} detail={spool.problem.detail} />}
      <dl className={classes.figures}>
        <Figure label={t('sources.listeners.kept')} value={kept} />
        <Figure label={t('sources.count.unparsed')} value={unparsed} />
        <Figure label={t('sources.listeners.lost')} value={lost} isLoss />
        <div>
          <dt>{t('sources.listeners.oldest')}</dt>
          <dd>
            {oldest_waiting_at ? <RelativeTime at={oldest_waiting_at} isLong /> : t('sources.listeners.none_waiting')}
          </dd>
        </div>
      </dl>
    </div>
  );
}

type ProblemCode = NonNullable<ListenerReport['problem']>['code'] | NonNullable<NodeReport['spool']['problem']>['code'];

/** What is wrong in the reader's language, and as the system said it. */
function ProblemText({ code, detail }: { code: ProblemCode; detail: string }) {
  const { t } = useTranslation();
  return (
    <p className={classes.problem}>
      {t(`sources.listeners.problem.${code}`)} <span className="mono">{detail}</span>
    </p>
  );
}
