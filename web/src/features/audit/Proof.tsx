import { IconClock, IconShieldCheck, IconShieldX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { formatNumber } from '@/lib/numbers';
import { fullTime } from '@/lib/time';
import { ErrorState } from '@/ui/ErrorState';
import { Facts, Panel } from '@/ui/Panel';
import { proofQuery } from './api';
import classes from './audit.module.css';

const icons = { proven: IconShieldCheck, pending: IconClock, broken: IconShieldX };

/** Whether a record is the one that was signed, and under which checkpoint. */
export function Proof({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  const { data, error, refetch } = useQuery(proofQuery(id));
  const Icon = icons[data?.state ?? 'pending'];
  const checkpoint = data?.checkpoint;
  return (
    <Panel title={t('audit.section.proof')}>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data && (
        <p className={classes.proof} data-state={data.state}>
          <Icon size={17} stroke={1.5} aria-hidden />
          {t(`audit.proof.${data.state}`)}
        </p>
      )}
      {data && checkpoint && (
        <Facts
          items={[
            { label: t('audit.proof.place'), value: formatNumber(data.index ?? 0, i18n.language) },
            {
              label: t('audit.proof.checkpoint'),
              value: t('audit.proof.checkpoint_of', {
                size: formatNumber(checkpoint.size, i18n.language),
                when: fullTime(checkpoint.made_at, i18n.language),
              }),
            },
          ]}
        />
      )}
    </Panel>
  );
}
