import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { SearchField } from '@/ui/SearchField';
import { operationsQuery } from './api';
import classes from './authorization.module.css';

/** Every operation of the API, what it asks for, and the roles that have it. */
export function Operations() {
  const { t } = useTranslation();
  const operations = useQuery(operationsQuery);
  const [text, setText] = useState<string>();
  if (operations.error) return <ErrorState error={operations.error} onRetry={() => void operations.refetch()} />;
  if (!operations.data) return <LoadingSkeleton rows={16} height={32} />;
  const needle = (text ?? '').toLocaleLowerCase();
  const shown = operations.data.items.filter((item) =>
    `${item.method} ${item.path} ${item.access} ${item.roles.join(' ')}`.toLocaleLowerCase().includes(needle),
  );
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
              <tr key={`${item.method} ${item.path}`}>
                <th scope="row">
                  <code className="mono">
                    {item.method} {item.path}
                  </code>
                </th>
                <td>
                  <code className="mono">{item.access}</code>
                </td>
                <td>{item.roles.join(', ') || t('common.state.none')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
