import { useTranslation } from 'react-i18next';
import type { SignInStep } from '@/api/model';
import { formatNumber } from '@/lib/numbers';
import { clockTime } from '@/lib/time';
import { Panel } from '@/ui/Panel';
import { failedOf, totals } from './figures';
import classes from './status.module.css';

const STEP_MS = 5 * 60_000;
/** Steps between two times below the bars. */
const MARK = 3;

/** A bar for each five minutes of the last hour: failures stand on the axis, where they compare best. */
export function SignIns({ steps }: { steps: readonly SignInStep[] }) {
  const { t, i18n } = useTranslation();
  const locale = i18n.language;
  const most = Math.max(0, ...steps.map((step) => step.succeeded + failedOf(step)));
  const peak = t('status.sign_ins.peak', { most: formatNumber(most, locale) });
  return (
    <Panel title={t('status.sign_ins.title')} actions={<Legend steps={steps} />}>
      <p className={classes.peak}>{most > 0 ? peak : t('status.sign_ins.none')}</p>
      <ol className={classes.bars} aria-label={t('status.sign_ins.title')}>
        {steps.map((step) => (
          <Bar key={step.at} step={step} most={Math.max(1, most)} />
        ))}
      </ol>
      <div className={classes.axis} aria-hidden>
        {steps
          .filter((_, index) => index % MARK === 0)
          .map(({ at }) => (
            <span key={at}>{clockTime(at, locale)}</span>
          ))}
      </div>
    </Panel>
  );
}

function Bar({ step, most }: { step: SignInStep; most: number }) {
  const { t, i18n } = useTranslation();
  const failed = failedOf(step);
  const text = t('status.sign_ins.step', {
    from: clockTime(step.at, i18n.language),
    to: clockTime(new Date(Date.parse(step.at) + STEP_MS).toISOString(), i18n.language),
    succeeded: formatNumber(step.succeeded, i18n.language),
    failed: formatNumber(failed, i18n.language),
  });
  return (
    <li className={classes.bar} title={text}>
      <span className="visually-hidden">{text}</span>
      {failed > 0 && <i data-kind="failed" style={{ height: `${(failed / most) * 100}%` }} aria-hidden />}
      {step.succeeded > 0 && (
        <i data-kind="succeeded" style={{ height: `${(step.succeeded / most) * 100}%` }} aria-hidden />
      )}
    </li>
  );
}

/** Failed ones are hatched, so that colour is not the only sign. */
function Legend({ steps }: { steps: readonly SignInStep[] }) {
  const { t, i18n } = useTranslation();
  const { succeeded, failed } = totals(steps);
  return (
    <ul className={classes.legend}>
      <li>
        <i data-kind="succeeded" aria-hidden />
        {t('status.sign_ins.succeeded')} <b>{formatNumber(succeeded, i18n.language)}</b>
      </li>
      <li>
        <i data-kind="failed" aria-hidden />
        {t('status.sign_ins.failed')} <b>{formatNumber(failed, i18n.language)}</b>
      </li>
    </ul>
  );
}
