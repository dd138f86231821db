import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AlertDetail, Entry } from '@/api/model';
import { useOrganizationName } from '@/api/organizations';
import { useCan } from '@/api/permissions';
import { attributeLabel } from '@/i18n/attribute-label';
import { inReadersWords, tacticInReadersWords } from '@/i18n/own-words';
import { eventsAround } from '@/lib/events-around';
import { formatNumber } from '@/lib/numbers';
import { whyGrouped } from '@/lib/why-grouped';
import { CopyButton } from '@/ui/CopyButton';
import { type FactItem, Facts, Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { Tag } from '@/ui/StageBadge';
import { UrgencyBadge } from '@/ui/UrgencyBadge';
import { UrgencyTable } from '@/ui/UrgencyTable';
import { AlertStateBadge } from './AlertState';
import classes from './alerts.module.css';
import { RawDeliveries } from './RawDeliveries';

/** Everything that is known of an alert, in the order an analyst asks for it: for the panel beside the list. */
export function AlertFacts({ alert }: { alert: AlertDetail }) {
  return (
    <>
      <div className={classes.summary}>
        <h2 className={classes.heading}>{inReadersWords(alert.title)}</h2>
        <div className={classes.badges}>
          <AlertBadges alert={alert} />
        </div>
      </div>
      <AlertStory alert={alert} />
      <AlertContext alert={alert} />
      <RawDeliveries alert={alert} />
    </>
  );
}

/** How it stands. */
export function AlertBadges({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const points = alert.urgency_terms.reduce((sum, term) => sum + term.points, 0);
  const score = Math.min(100, Math.max(0, points));
  return (
    <>
      <UrgencyBadge level={alert.urgency} score={score} />
      <SeverityBadge level={alert.severity} />
      <AlertStateBadge state={alert.state} />
      {alert.source_state === 'cleared' && <span className={classes.chip}>{t('alerts.cleared')}</span>}
      {alert.ticket && (
        <Link to="/tickets/$id" params={{ id: alert.ticket.id }} className={`${classes.link} mono`}>
          {alert.ticket.reference}
        </Link>
      )}
      <EventsAround alert={alert} />
    </>
  );
}

/** The kept events that stand around it. */
function EventsAround({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const canRead = useCan('events:read', alert.organization_id);
  const search = eventsAround(alert);
  if (!canRead || !search) return null;
  return (
    <Link to="/events" search={search} className={classes.link}>
      {t('events.around')}
    </Link>
  );
}

/** What the source told. */
export function AlertStory({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const names = [...alert.tactics, ...alert.techniques];
  return (
    <>
      {(alert.description || names.length > 0) && (
        <Panel title={t('ticket.what_happened')}>
          {alert.description && <p className={classes.prose}>{inReadersWords(alert.description)}</p>}
          {names.length > 0 && (
            <div className={classes.tags}>
              {names.map((name) => (
                <Tag key={name}>{tacticInReadersWords(name)}</Tag>
              ))}
            </div>
          )}
        </Panel>
      )}
      <Panel title={t('alerts.detail.entities')}>
        <Entities alert={alert} />
      </Panel>
      {alert.problems.length > 0 && <Problems problems={alert.problems} />}
      {alert.remediation && (
        <Panel title={t('alerts.detail.remediation')}>
          <p className={classes.prose}>{alert.remediation}</p>
        </Panel>
      )}
    </>
  );
}

/** What is known around it. */
export function AlertContext({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  return (
    <>
      <Panel title={t('alerts.detail.recurrence')}>
        <Recurrence alert={alert} />
      </Panel>
      <Panel title={t('alerts.detail.urgency')}>
        <UrgencyTable terms={alert.urgency_terms} level={alert.urgency} />
      </Panel>
      <Panel title={t('alerts.detail.origin')}>
        <Origin alert={alert} />
      </Panel>
    </>
  );
}

function Recurrence({ alert }: { alert: AlertDetail }) {
  const { t, i18n } = useTranslation();
  const why = whyGrouped(alert.why_grouped, t);
  return (
    <>
      {why && <p className={classes.why}>{why}</p>}
      <Facts
        items={[
          { label: t('alerts.detail.first_seen'), value: <RelativeTime at={alert.first_seen_at} isLong /> },
          { label: t('alerts.column.last_seen'), value: <RelativeTime at={alert.last_seen_at} isLong /> },
          { label: t('alerts.detail.deliveries'), value: formatNumber(alert.deliveries, i18n.language) },
          { label: t('alerts.detail.occurrences'), value: formatNumber(alert.occurrences, i18n.language) },
        ]}
      />
    </>
  );
}

function Entities({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const groups = [
    { name: t('alerts.detail.sources'), entries: alert.sources },
    { name: t('alerts.detail.targets'), entries: alert.targets },
    { name: t('alerts.detail.details'), entries: alert.details },
  ].filter(({ entries }) => entries.length > 0);
  if (groups.length === 0) return <p className={classes.dim}>{t('alerts.detail.no_entities')}</p>;
  return (
    <div className={classes.groups}>
      {groups.map(({ name, entries }) => (
        <div key={name}>
          <h3 className={classes.group}>{name}</h3>
          <dl className={classes.entries}>
            {entries.map((entry) => (
              <EntryRow key={`${entry.attribute}${entry.value}`} entry={entry} />
            ))}
          </dl>
        </div>
      ))}
    </div>
  );
}

function EntryRow({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  return (
    <>
      <dt className="truncate" title={entry.attribute}>
        {attributeLabel(entry, t)}
      </dt>
      <dd>
        <span>
          <span className="mono">{entry.value}</span>
          {entry.note && <span className={classes.dim}> {entry.note}</span>}
        </span>
        <CopyButton value={entry.value} />
      </dd>
    </>
  );
}

function Problems({ problems }: { problems: AlertDetail['problems'] }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('alerts.detail.problems')} meta={t('alerts.detail.problems_meta')}>
      <ul className={classes.problems}>
        {problems.map(({ path, message }) => (
          <li key={`${path}${message}`}>
            {path && <code className="mono">{path} </code>}
            {message}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Origin({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const nameOf = useOrganizationName();
  const items: FactItem[] = [
    { label: t('alerts.column.rule'), value: inReadersWords(alert.rule_name) },
    { label: t('alerts.detail.rule_id'), value: alert.rule_id && <span className="mono">{alert.rule_id}</span> },
    { label: t('alerts.detail.category'), value: alert.category },
    { label: t('common.field.asset'), value: alert.asset && <AssetLink asset={alert.asset} /> },
    { label: t('alerts.detail.device'), value: alert.device },
    { label: t('alerts.column.source'), value: alert.source_name },
    { label: t('alerts.detail.incident_id'), value: alert.incident_id },
    { label: t('common.field.organization'), value: nameOf(alert.organization_id) },
  ];
  return <Facts items={items.filter(({ value }) => value)} />;
}

function AssetLink({ asset }: { asset: { id: string; name: string } }) {
  return (
    <Link to="/assets/$id" params={{ id: asset.id }} className={classes.link}>
      {asset.name}
    </Link>
  );
}
