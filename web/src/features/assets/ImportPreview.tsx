import { useTranslation } from 'react-i18next';
import type { ImportPreview as Preview } from '@/api/model';
import { formatNumber } from '@/lib/numbers';
import { CriticalityLabel, KindLabel } from './asset-look';
import classes from './import.module.css';

/** What the file would do: the figures, every mistake with its row and column, and the first rows. */
export function ImportPreview({ outcome }: { outcome: Preview }) {
  const { t, i18n } = useTranslation();
  const figures = [
    { name: 'rows', value: outcome.rows },
    { name: 'creates', value: outcome.creates },
    { name: 'updates', value: outcome.updates },
    { name: 'errors', value: outcome.error_count },
  ] as const;
  return (
    <>
      <dl className={classes.figures}>
        {figures.map(({ name, value }) => (
          <div key={name} data-bad={(name === 'errors' && value > 0) || undefined}>
            <dd>{formatNumber(value, i18n.language)}</dd>
            <dt>{t(`assets.import.figure.${name}`)}</dt>
          </div>
        ))}
      </dl>
      {outcome.ignored_columns.length > 0 && (
        <p className={classes.hint}>{t('assets.import.ignored', { columns: outcome.ignored_columns.join(', ') })}</p>
      )}
      {outcome.errors.length > 0 && <Errors errors={outcome.errors} />}
      {outcome.preview.length > 0 && <FirstRows rows={outcome.preview} />}
    </>
  );
}

function Errors({ errors }: { errors: Preview['errors'] }) {
  const { t } = useTranslation();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={classes.frame} tabIndex={0} aria-label={t('assets.import.figure.errors')}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t('assets.import.row')}</th>
            <th scope="col">{t('assets.import.column')}</th>
            <th scope="col">{t('assets.import.mistake')}</th>
          </tr>
        </thead>
        <tbody>
          {errors.map(({ row, column, message }) => (
            <tr key={`${row}${column}${message}`}>
              <td>{row}</td>
              <td className="mono">{column ?? '—'}</td>
              <td>{message}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function FirstRows({ rows }: { rows: Preview['preview'] }) {
  const { t } = useTranslation();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={classes.frame} tabIndex={0} aria-label={t('assets.import.first_rows')}>
      <table className={classes.table}>
        <caption>{t('assets.import.first_rows')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('assets.import.row')}</th>
            <th scope="col">{t('assets.import.action_label')}</th>
            <th scope="col">{t('common.field.name')}</th>
            <th scope="col">{t('assets.field.kind')}</th>
            <th scope="col">{t('common.field.criticality')}</th>
            <th scope="col">{t('assets.field.addresses')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ row, action, asset }) => (
            <tr key={row}>
              <td>{row}</td>
              <td>{t(`assets.import.action.${action}`)}</td>
              <td>{asset.name}</td>
              <td>
                <KindLabel kind={asset.kind} />
              </td>
              <td>
                <CriticalityLabel criticality={asset.criticality} />
              </td>
              <td className="mono">{asset.addresses.join(', ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
