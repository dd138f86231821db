import { Button, Progress, SegmentedControl } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DryRunResult, RuleDetail } from '@/api/model';
import { useCan } from '@/api/permissions';
import { inReadersWords } from '@/i18n/own-words';
import { around } from '@/lib/events-around';
import { formatNumber } from '@/lib/numbers';
import { errorText } from '@/ui/error-text';
import { Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { useDryRun } from './api';
import classes from './rules.module.css';

const DAYS = ['1', '7', '30'] as const;

/** What the rule would have made of the events that were kept: asked before it is switched on. */
export function DryRun({ rule }: { rule: RuleDetail }) {
  const { t } = useTranslation();
  const [days, setDays] = useState<string>('7');
  const { run, result, stop } = useDryRun(rule.id);
  return (
    <Panel title={t('rules.dry_run.title')}>
      <div className={classes.dryRun}>
        <SegmentedControl
          aria-label={t('rules.dry_run.days')}
          data={DAYS.map((value) => ({ value, label: t('rules.suppressions.days', { count: Number(value) }) }))}
          value={days}
          disabled={run.isPending}
          onChange={setDays}
        />
        {run.isPending ? (
          <Button
            variant="default" // The second press of a double one was meant for the button that stood here.
            onClick={(event) => event.detail <= 1 && stop()}
          >
            {t('common.action.cancel')}
          </Button>
        ) : (
          <Button variant="default" onClick={() => run.mutate({ days: Number(days) })}>
            {t('rules.dry_run.run')}
          </Button>
        )}
      </div>
      {run.error && (
        <p className={classes.error} role="alert">
          {errorText(run.error, t)}
        </p>
      )}
      {run.isPending && <Running result={result} />}
      {run.isPending && result && <Said result={result} />}
      {/* There before it has something to say, so that it is heard saying it; how far the run is would be too much. */}
      <div role="status">{!run.isPending && result && <Said result={result} />}</div>
      {result && <Outcome result={result} isCalledOff={!run.isPending && !run.isError && result.state === 'running'} />}
    </Panel>
  );
}

function Running({ result }: { result: DryRunResult | null }) {
  const { t } = useTranslation();
  const share = result?.total ? Math.min(100, (result.events / result.total) * 100) : 0;
  return <Progress className={classes.progress} value={share} aria-label={t('rules.dry_run.progress')} />;
}

function Said({ result }: { result: DryRunResult }) {
  const { t, i18n } = useTranslation();
  const number = (value: number) => formatNumber(value, i18n.language);
  const isComplete = result.state === 'complete';
  return (
    <p className={classes.said} data-good={isComplete || undefined}>
      {t(isComplete ? 'rules.dry_run.said' : 'rules.dry_run.said_so_far', {
        events: number(result.events),
        total: number(result.total),
        hits: number(result.hits),
        firings: number(result.firings),
      })}
    </p>
  );
}

function Outcome({ result, isCalledOff }: { result: DryRunResult; isCalledOff: boolean }) {
  const { t } = useTranslation();
  return (
    <div className={classes.outcome}>
      {result.state === 'stopped' && <p className={classes.dim}>{t('rules.dry_run.stopped')}</p>}
      {isCalledOff && <p className={classes.dim}>{t('rules.dry_run.called_off')}</p>}
      {result.samples.length > 0 && (
        <ul className={classes.samples}>
          {result.samples.map((sample) => (
            <li key={sample.event_id}>
              <RelativeTime at={sample.at} isLong />
              <Sampled sample={sample} />
              <span className={`${classes.dim} mono`}>{sample.parties.join(' → ')}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** A firing that would have been, with its event where the reader may see events. */
function Sampled({ sample }: { sample: DryRunResult['samples'][number] }) {
  const canRead = useCan('events:read');
  if (!canRead) return <span>{inReadersWords(sample.title)}</span>;
  return (
    <Link to="/events" search={{ ...around(Date.parse(sample.at)), open: sample.event_id }}>
      {inReadersWords(sample.title)}
    </Link>
  );
}
