import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AssetDetail } from '@/api/model';
import { useCan } from '@/api/permissions';
import { inReadersWords } from '@/i18n/own-words';
import { formatNumber } from '@/lib/numbers';
import { Panel } from '@/ui/Panel';
import { StageBadge } from '@/ui/StageBadge';
import { UrgencyBadge } from '@/ui/UrgencyBadge';
import { openTicketsQuery } from './api';
import classes from './assets.module.css';

/** The gravest open tickets that touch the asset, and the way to all of them. */
export function OpenTickets({ asset }: { asset: AssetDetail }) {
  const { t, i18n } = useTranslation();
  const canRead = useCan('tickets:read', asset.organization_id);
  const tickets = useQuery({ ...openTicketsQuery(asset.id), enabled: canRead });
  const search = { asset_id: asset.id, stage: 'new,in_progress,pending' };
  const isEmpty = tickets.data?.length === 0;
  return (
    <Panel
      title={t('assets.open_tickets')}
      meta={asset.open_tickets ? formatNumber(asset.open_tickets, i18n.language) : undefined}
      actions={
        <Link to="/tickets" search={search} className={classes.nameLink}>
          {t('assets.see_in_queue')}
        </Link>
      }
      isFlush={!isEmpty}
    >
      {isEmpty && <span className={classes.dim}>{t('assets.no_open_tickets')}</span>}
      <ul className={classes.rows}>
        {tickets.data?.map((ticket) => (
          <li key={ticket.id} className={classes.rowItem}>
            <UrgencyBadge level={ticket.urgency} />
            <Link
              to="/tickets/$id"
              params={{ id: ticket.id }}
              className={`${classes.grow} truncate`}
              title={`${ticket.reference} ${inReadersWords(ticket.title)}`}
            >
              {inReadersWords(ticket.title)}
            </Link>
            <StageBadge stage={ticket.stage} label={ticket.status?.label} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
