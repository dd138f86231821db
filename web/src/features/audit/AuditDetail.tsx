import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ActorKind, AuditRecord } from '@/api/model';
import { useOrganizationName } from '@/api/organizations';
import { fullTime } from '@/lib/time';
import { CopyButton } from '@/ui/CopyButton';
import { Facts, Panel } from '@/ui/Panel';
import { SidePanel } from '@/ui/SidePanel';
import classes from './audit.module.css';
import { Proof } from './Proof';
import { deedText } from './sentence';

export function AuditDetail({ record, onClose }: { record: AuditRecord; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const nameOf = useOrganizationName();
  const entries = Object.entries(record.detail ?? {});
  return (
    <SidePanel label={t('audit.one')} head={<code className="mono">{record.action}</code>} onClose={onClose}>
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
            { label: t('audit.request'), value: record.request_id && <Copyable text={record.request_id} /> },
          ]}
        />
      </Panel>
      <Proof id={record.id} />
      {entries.length > 0 && (
        <Panel title={t('audit.section.detail')} isFlush>
          <table className={classes.detail}>
            <tbody>
              {entries.map(([field, value]) => (
                <tr key={field}>
                  <th scope="row" title={field}>
                    {t(`common.field.${field}` as 'common.field.name', '') || field}
                  </th>
                  <td>
                    <DetailValue value={value} />
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

/** A pair is what was and what is; anything else is shown as it stands. */
function DetailValue({ value }: { value: unknown }): ReactNode {
  if (Array.isArray(value) && value.length === 2) {
    return (
      <span className={classes.change}>
        <del>{plain(value[0])}</del>
        <span aria-hidden>→</span>
        <ins>{plain(value[1])}</ins>
      </span>
    );
  }
  return plain(value);
}

function plain(value: unknown): string {
  if (value === null || value === undefined || value === '') return '—';
  if (Array.isArray(value) && value.every((part) => typeof part !== 'object')) return value.join(', ') || '—';
  return typeof value === 'object' ? JSON.stringify(value, null, 1) : String(value);
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
