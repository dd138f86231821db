import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Dashboard } from '@/api/model';
import { formatNumber } from '@/lib/numbers';
import { type Span, spanText } from './buckets';
import classes from './dashboard.module.css';
import { STACK } from './volume-option';

interface VolumeTableProps {
  volume: Dashboard['volume'];
  spans: Span[];
  organizationId: string | undefined;
  height: number;
}

/** The same figures as the chart, newest first. */
export function VolumeTable({ volume, spans, organizationId, height }: VolumeTableProps) {
  const { t, i18n } = useTranslation();
  const rows = volume.map((bucket, index) => ({ bucket, span: spans[index] as Span })).reverse();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={classes.tableFrame} style={{ height }} tabIndex={0} aria-label={t('dashboard.volume.title')}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t('dashboard.volume.when')}</th>
            {STACK.map((level) => (
              <th key={level} scope="col" data-align="end">
                {t(`common.level.${level}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ bucket, span }) => (
            <tr key={bucket.at}>
              <th scope="row">{spanText(span, i18n.language)}</th>
              {STACK.map((level) => (
                <td key={level} data-align="end">
                  {bucket[level] === 0 ? (
                    <span className={classes.zero}>0</span>
                  ) : (
                    <Link
                      to="/tickets"
                      search={{
                        created_from: span.from,
                        created_to: span.to,
                        severity: level,
                        organization_id: organizationId,
                      }}
                    >
                      {formatNumber(bucket[level], i18n.language)}
                    </Link>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
