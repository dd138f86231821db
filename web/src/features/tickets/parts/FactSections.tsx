import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AssetCard as AssetCardData, Entity, SimilarTicket, Ticket, TicketRef } from '@/api/model';
import { attributeLabel } from '@/i18n/attribute-label';
import { inReadersWords, tacticInReadersWords } from '@/i18n/own-words';
import { CopyButton } from '@/ui/CopyButton';
import { SeverityGlyph } from '@/ui/SeverityBadge';
import { StageBadge, Tag, VerdictBadge } from '@/ui/StageBadge';
import { similarQuery } from '../api';
import classes from './facts.module.css';

export function FactSection({ title, end, children }: { title: string; end?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.section} aria-label={title}>
      <h3 className={classes.heading}>
        {title}
        {end}
      </h3>
      {children}
    </section>
  );
}

/** Who and what is touched: sources, then targets, then the rest. */
export function EntityList({ entities, isShort = false }: { entities: Entity[]; isShort?: boolean }) {
  const { t } = useTranslation();
  const order: Record<string, number> = { source: 0, target: 1, detail: 2 };
  const shown = [...entities]
    .sort((a, b) => (order[a.role] ?? 2) - (order[b.role] ?? 2))
    .filter(({ role }) => !isShort || role !== 'detail');
  if (shown.length === 0) return <p className={classes.dim}>{t('ticket.entities_empty')}</p>;
  return (
    <dl className={classes.facts}>
      {shown.map((entity) => (
        <EntityLine key={`${entity.role} ${entity.attribute} ${entity.value}`} entity={entity} />
      ))}
    </dl>
  );
}

function EntityLine({ entity }: { entity: Entity }) {
  const { t } = useTranslation();
  const isAddress = entity.kind === 'ip';
  return (
    <>
      <dt title={entity.attribute}>{attributeLabel(entity, t)}</dt>
      <dd>
        {isAddress ? (
          <Anchor
            component={Link}
            to="/tickets"
            search={{ ip: entity.value, sort: '-last_seen_at' } as never}
            className="mono"
            title={t('ticket.find_same', { value: entity.value })}
          >
            {entity.value}
          </Anchor>
        ) : (
          <span className={entity.role === 'detail' ? undefined : 'mono'}>{entity.value}</span>
        )}
        <CopyButton value={entity.value} label={t('ticket.copy_value', { value: entity.value })} />
        {entity.note && <span className={classes.note}>{entity.note}</span>}
      </dd>
    </>
  );
}

export function AssetCard({ asset }: { asset: Ticket['asset_card'] }) {
  const { t } = useTranslation();
  if (!asset) return <p className={classes.dim}>{t('ticket.asset_unknown')}</p>;
  const card = asset as AssetCardData;
  return (
    <div className={classes.asset}>
      <div className={classes.assetHead}>
        <Anchor component={Link} to="/assets/$id" params={{ id: asset.id } as never}>
          {asset.name}
        </Anchor>
        <Criticality level={asset.criticality} />
      </div>
      <div className={classes.dim}>
        {t(`tickets.asset_kind.${card.kind}`)}
        {asset.department ? ` · ${asset.department}` : ''}
      </div>
      <dl className={classes.facts}>
        <dt>{t('common.field.owner')}</dt>
        <dd>{asset.owner ?? t('common.state.none')}</dd>
        <dt>{t('ticket.hostnames')}</dt>
        <dd className="mono">{card.hostnames.join(', ') || t('common.state.none')}</dd>
      </dl>
      {asset.is_internet_facing && <div className={classes.exposed}>{t('ticket.internet_facing')}</div>}
    </div>
  );
}

function Criticality({ level }: { level: AssetCardData['criticality'] }) {
  const { t } = useTranslation();
  return (
    <span style={{ display: 'inline-flex', alignItems: 'center', gap: 6, fontWeight: 400 }}>
      <SeverityGlyph level={level} />
      {t('ticket.criticality', { level: t(`common.criticality.${level}`).toLocaleLowerCase() })}
    </span>
  );
}

/** Another ticket and how it ended: what the last one of its kind turned out to be decides half of this one. */
export function TicketRefLine({ ticket, why, end }: { ticket: TicketRef; why?: string; end?: ReactNode }) {
  return (
    <div style={{ display: 'flex', alignItems: 'center' }}>
      <Link to="/tickets/$id" params={{ id: ticket.id }} className={classes.link} style={{ flex: 1, minWidth: 0 }}>
        <span className={`${classes.linkTitle} truncate`} title={inReadersWords(ticket.title)}>
          {inReadersWords(ticket.title)}
        </span>
        {ticket.verdict ? <VerdictBadge verdict={ticket.verdict} /> : <StageBadge stage={ticket.stage} />}
        <span className={classes.why}>
          <span className="mono">{ticket.reference}</span>
          {why && <span className="truncate">{why}</span>}
        </span>
      </Link>
      {end}
    </div>
  );
}

const REASONS = ['same_rule', 'same_source_ip', 'same_destination_ip', 'same_asset'] as const;

function whyText(ticket: SimilarTicket, t: TFunction): string {
  return ticket.why
    .map((name) => {
      const reason = REASONS.find((each) => each === name);
      return reason ? t(`ticket.why.${reason}`) : name;
    })
    .join(' · ');
}

export function SimilarList({ ticketId, limit }: { ticketId: string; limit?: number }) {
  const { t } = useTranslation();
  const similar = useQuery(similarQuery(ticketId));
  if (similar.isPending) return <p className={classes.dim}>{t('common.state.loading')}</p>;
  if (similar.isError) return <p className={classes.dim}>{t('common.state.error')}</p>;
  if (similar.data.length === 0) return <p className={classes.dim}>{t('ticket.similar_empty')}</p>;
  return (
    <ul className={classes.links}>
      {similar.data.slice(0, limit).map((ticket) => (
        <li key={ticket.id}>
          <TicketRefLine ticket={ticket} why={whyText(ticket, t)} />
        </li>
      ))}
    </ul>
  );
}

export function Techniques({ ticket }: { ticket: Ticket }) {
  if (ticket.techniques.length === 0 && ticket.tactics.length === 0) return null;
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', gap: 4, marginTop: 8 }}>
      {[...ticket.tactics, ...ticket.techniques].map((name) => (
        <Tag key={name}>{tacticInReadersWords(name)}</Tag>
      ))}
    </div>
  );
}
