import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { matrixQuery } from './api';
import classes from './authorization.module.css';

/** Every role and every permission; scrolls within itself. */
export function Matrix() {
  const { t } = useTranslation();
  const matrix = useQuery(matrixQuery);
  if (matrix.error) return <ErrorState error={matrix.error} onRetry={() => void matrix.refetch()} />;
  if (!matrix.data) return <LoadingSkeleton rows={16} height={32} />;
  const { roles, permissions } = matrix.data;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={classes.frame} tabIndex={0} aria-label={t('authorization.matrix')}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t('authorization.permission')}</th>
            {roles.map((role) => (
              <th key={role.name} scope="col" title={role.description}>
                <code className="mono">{role.name}</code>
                {role.restrictions.map((restriction) => (
                  <span key={restriction} className={classes.restriction}>
                    {restriction}
                  </span>
                ))}
              </th>
            ))}
            <th scope="col">{t('authorization.operations')}</th>
          </tr>
        </thead>
        <tbody>
          {permissions.map((permission) => (
            <tr key={permission.name}>
              <th scope="row">
                <code className="mono">{permission.name}</code>
              </th>
              {roles.map((role) => (
                <td key={role.name}>
                  {t(role.permissions.includes(permission.name) ? 'common.state.yes' : 'common.state.none')}
                </td>
              ))}
              <td>{permission.operations}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
