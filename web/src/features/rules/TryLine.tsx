import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RuleDetail, RuleTestResult } from '@/api/model';
import { formatLabel } from '@/lib/formats';
import { errorText } from '@/ui/error-text';
import { Panel } from '@/ui/Panel';
import { useTestRule } from './api';
import classes from './rules.module.css';

/** A line of a log, pasted: what of the rule holds, what does not, and how the line was read. */
export function TryLine({ rule }: { rule: RuleDetail }) {
  const { t } = useTranslation();
  const [log, setLog] = useState('');
  const test = useTestRule();
  return (
    <Panel title={t('rules.try.title')}>
      <form
        className={classes.try}
        onSubmit={(event) => {
          event.preventDefault();
          test.mutate({ rule_id: rule.id, log });
        }}
      >
        <Textarea
          label={t('rules.try.line')}
          description={t('rules.try.hint')}
          classNames={{ input: classes.mono }}
          autosize
          minRows={3}
          maxRows={10}
          spellCheck={false}
          value={log}
          onChange={(event) => setLog(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={test.isPending} disabled={log.trim() === ''}>
          {t('rules.try.run')}
        </Button>
      </form>
      {test.error && (
        <p className={classes.error} role="alert">
          {errorText(test.error, t)}
        </p>
      )}
      {test.data && <Outcome result={test.data} />}
    </Panel>
  );
}

function Outcome({ result }: { result: RuleTestResult }) {
  const { t } = useTranslation();
  const said = result.is_match ? 'match' : result.is_for_source ? 'no_match' : 'other_source';
  return (
    <div className={classes.outcome} role="status">
      <p className={classes.verdict} data-good={result.is_match || undefined}>
        {t(`rules.try.${said}`)}
      </p>
      {result.steps.length > 0 && (
        <section
          className={classes.scroll}
          aria-label={t('rules.why.compared')}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
        >
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{t('rules.try.holds')}</th>
                <th scope="col">{t('rules.try.part')}</th>
                <th scope="col">{t('rules.why.field')}</th>
                <th scope="col">{t('rules.why.value')}</th>
                <th scope="col">{t('rules.why.pattern')}</th>
              </tr>
            </thead>
            <tbody>
              {result.steps.map((step, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: steps have no identity besides their place
                <tr key={index}>
                  <td>{t(step.is_match ? 'common.state.yes' : 'common.state.no')}</td>
                  <td className="mono">{step.selection}</td>
                  <th scope="row" className="mono">
                    {step.field ?? t('rules.try.anywhere')}
                  </th>
                  <td className="mono">{step.value ?? '—'}</td>
                  <td className="mono">{step.pattern ?? '—'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      <details className={classes.fields}>
        <summary>{t('rules.try.fields', { count: result.fields.length, format: formatLabel(result.format) })}</summary>
        <dl>
          {result.fields.map(({ name, value }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a name may stand twice
            <div key={index}>
              <dt className="mono">{name}</dt>
              <dd className="mono">{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </div>
  );
}
