import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ResponseOf } from '@/api/operations';
import { permissionText, roleName } from '@/i18n/role-texts';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { SearchField } from '@/ui/SearchField';
import { operationsQuery } from './api';
import classes from './authorization.module.css';

type OperationAccess = ResponseOf<'GET /authorization/operations'>['items'][number];

/** Every operation of the API, what it asks for, and the roles that have it. */
export function Operations() {
  const { t } = useTranslation();
  const operations = useQuery(operationsQuery);
  const [text, setText] = useState<string>();
  if (operations.error) return <ErrorState error={operations.error} onRetry={() => void operations.refetch()} />;
  if (!operations.data) return <LoadingSkeleton rows={16} height={32} />;
  const needle = (text ?? '').toLocaleLowerCase();
  const shown = operations.data.items.filter((item) => wordsOf(item, t).toLocaleLowerCase().includes(needle));
  return (
    <>
      <div className={classes.bar}>
        <SearchField label={t('authorization.search')} value={text} onChange={setText} />
      </div>
      {shown.length === 0 && <EmptyState title={t('authorization.none')} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={classes.frame} tabIndex={0} aria-label={t('authorization.operations')}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{t('authorization.operation')}</th>
              <th scope="col">{t('authorization.permission')}</th>
              <th scope="col">{t('authorization.roles')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((item) => (
              <OperationRow key={`${item.method} ${item.path}`} item={item} />
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

function OperationRow({ item }: { item: OperationAccess }) {
  const { t } = useTranslation();
  return (
    <tr>
      <th scope="row">
        <code className="mono">
          {item.method} {item.path}
        </code>
      </th>
      <td>
        {accessText(item.access, t)} {!isOpen(item.access) && <code className="mono">{item.access}</code>}
      </td>
      <td>{item.roles.map((role) => roleName(role, t)).join(', ') || t('common.state.none')}</td>
    </tr>
  );
}

/** What a search looks at: the codes that documents speak of, and the words that are shown for them. */
function wordsOf({ method, path, access, roles }: OperationAccess, t: TFunction): string {
  const names = roles.flatMap((role) => [role, roleName(role, t)]);
  return [method, path, access, accessText(access, t), ...names].join(' ');
}

/** Whether no permission is asked for. */
function isOpen(access: string): access is 'public' | 'signed_in' {
  return access === 'public' || access === 'signed_in';
}

function accessText(access: string, t: TFunction): string {
  return isOpen(access) ? t(`authorization.access.${access}`) : permissionText(access, t);
}
