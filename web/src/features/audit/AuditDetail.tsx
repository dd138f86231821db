import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ActorKind, AuditRecord } from '@/api/model';
import { useOrganizationName } from '@/api/organizations';
import { fullTime } from '@/lib/time';
import { CopyButton } from '@/ui/CopyButton';
import { Facts, Panel } from '@/ui/Panel';
import { SidePanel } from '@/ui/SidePanel';
import classes from './audit.module.css';
import { type DetailRow, detailRows, fieldName, valueText } from './detail';
import { Proof } from './Proof';
import { deedText } from './sentence';

export function AuditDetail({ record, onClose }: { record: AuditRecord; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const nameOf = useOrganizationName();
  const rows = detailRows(record.detail);
  const isChange = rows.some(({ change }) => change);
  return (
    <SidePanel label={t('audit.one')} head={<strong>{t('audit.one')}</strong>} onClose={onClose}>
      <p className={classes.sentence}>
        <strong>{record.actor.name}</strong> {deedText(record, t)}
      </p>
      <Panel title={t('audit.section.facts')}>
        <Facts
          items={[
            { label: t('audit.column.when'), value: fullTime(record.occurred_at, i18n.language) },
            { label: t('audit.column.who'), value: <ActorText record={record} /> },
            { label: t('audit.column.object'), value: <ObjectLink record={record} /> },
            {
              label: t('common.field.organization'),
              value: record.organization_id ? nameOf(record.organization_id) : t('audit.installation'),
            },
            { label: t('audit.column.ip'), value: record.ip && <Copyable text={record.ip} /> },
            { label: t('audit.code'), value: <span className="mono">{record.action}</span> },
            { label: t('audit.request'), value: record.request_id && <Copyable text={record.request_id} /> },
          ]}
        />
      </Panel>
      <Proof id={record.id} />
      {rows.length > 0 && (
        <Panel title={t(isChange ? 'audit.section.changes' : 'audit.section.detail')} isFlush>
          <table className={classes.detail}>
            <tbody>
              {rows.map((row) => (
                <tr key={row.field}>
                  <th scope="row" title={row.field}>
                    {fieldName(row.field, t)}
                  </th>
                  <td>
                    <DetailValue row={row} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
      )}
    </SidePanel>
  );
}

function ActorText({ record }: { record: AuditRecord }) {
  const { t } = useTranslation();
  return (
    <>
      {record.actor.name} <span className={classes.dim}>({t(`audit.actor.${record.actor.kind as ActorKind}`)})</span>
    </>
  );
}

function DetailValue({ row: { field, value, change } }: { row: DetailRow }) {
  const { t } = useTranslation();
  if (!change) return valueText(field, value, t);
  const [from, to] = change;
  return (
    <span className={classes.change}>
      <del>{valueText(field, from, t)}</del>
      <span aria-hidden>→</span>
      <ins>{valueText(field, to, t)}</ins>
    </span>
  );
}

function Copyable({ text }: { text: string }) {
  return (
    <span className={classes.copyable}>
      <span className="mono">{text}</span>
      <CopyButton value={text} />
    </span>
  );
}

/** The way to the thing itself, where it has a page. */
export function ObjectLink({ record }: { record: AuditRecord }) {
  const { kind, id, reference } = record.object;
  const text = reference ?? id ?? kind;
  if (!id) return text;
  const params = { id };
  if (kind === 'ticket') {
    return (
      <Link to="/tickets/$id" params={params} className={classes.link}>
        {text}
      </Link>
    );
  }
  if (kind === 'alert') {
    return (
      <Link to="/alerts/$id" params={params} className={classes.link}>
        {text}
      </Link>
    );
  }
  if (kind === 'asset') {
    return (
      <Link to="/assets/$id" params={params} className={classes.link}>
        {text}
      </Link>
    );
  }
  return reference ?? <span className="mono">{id}</span>;
}
