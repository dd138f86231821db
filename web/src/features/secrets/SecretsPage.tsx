import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { KeptSecret } from '@/api/model';
import { holdsEverywhere, useMe } from '@/api/permissions';
import { fullTime, shortDate } from '@/lib/time';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { notifyDone } from '@/ui/notify';
import { PageFrame, PageHeader, PageScroll } from '@/ui/PageHeader';
import { secretsQuery, useRotateSecret } from './api';
import classes from './secrets.module.css';

/** How old the installation's secrets are, and when each is changed; never the secrets. */
export function SecretsPage() {
  const { t } = useTranslation();
  const secrets = useQuery(secretsQuery);
  return (
    <PageFrame>
      <PageHeader title={t('secrets.title')} />
      <PageScroll>
        <p className={classes.note}>{t('secrets.note')}</p>
        {secrets.isPending && <LoadingSkeleton rows={6} height={56} />}
        {secrets.error && <ErrorState error={secrets.error} onRetry={() => void secrets.refetch()} />}
        {secrets.data?.length === 0 && <EmptyState title={t('secrets.empty')} />}
        <ul className={classes.list}>
          {secrets.data?.map((secret) => (
            <SecretRow key={secret.name} secret={secret} />
          ))}
        </ul>
      </PageScroll>
    </PageFrame>
  );
}

/** What it is for; what somebody brought has no name but its own. */
const nameOf = (name: string, t: TFunction) =>
  t(`secrets.name.${name.replaceAll('-', '_')}` as 'secrets.name.data_key', '');

function SecretRow({ secret }: { secret: KeptSecret }) {
  const { t, i18n } = useTranslation();
  const { name, since, obstacle, obstacle_detail, standing } = secret;
  const purpose = nameOf(name, t);
  return (
    <li className={classes.secret}>
      <div className={classes.text}>
        {purpose ? (
          <>
            <strong>{purpose}</strong>
            <code className={`${classes.code} mono`}>{name}</code>
          </>
        ) : (
          <strong className="mono">{name}</strong>
        )}
        <dl className={classes.facts}>
          <div>
            <dt>{t('secrets.age')}</dt>
            <dd title={since ? fullTime(since, i18n.language) : undefined}>
              {since ? shortDate(since, i18n.language) : t('secrets.unknown')}
            </dd>
          </div>
          <div>
            <dt>{t('secrets.due')}</dt>
            <dd>
              <Due secret={secret} />
            </dd>
          </div>
          <div>
            <dt>{t('secrets.state')}</dt>
            <dd>{t(`secrets.standing.${standing}`)}</dd>
          </div>
        </dl>
        {obstacle && (
          <p className={classes.obstacle} title={obstacle_detail ?? undefined}>
            {t(`secrets.obstacle.${obstacle}`)}
          </p>
        )}
      </div>
      {secret.turn === 'platform' && <Rotate secret={secret} />}
    </li>
  );
}

function Due({ secret: { turn, due_at, is_overdue } }: { secret: KeptSecret }) {
  const { t, i18n } = useTranslation();
  if (turn === 'nobody') return t('secrets.never');
  if (!due_at) return t('secrets.not_by_age');
  const date = shortDate(due_at, i18n.language);
  return is_overdue ? (
    <span className={classes.overdue}>
      {t('secrets.overdue')} · {date}
    </span>
  ) : (
    date
  );
}

function Rotate({ secret: { name, standing } }: { secret: KeptSecret }) {
  const { t } = useTranslation();
  const [isAsking, setIsAsking] = useState(false);
  const rotate = useRotateSecret();
  const canRotate = holdsEverywhere(useMe(), 'secrets:rotate');
  const isChanging = standing !== 'settled';
  const called = nameOf(name, t) || name;
  const ask = () => {
    rotate.reset();
    setIsAsking(true);
  };
  const change = () =>
    rotate.mutate(name, {
      onSuccess: (items) => {
        setIsAsking(false);
        const isSettled = items.find((item) => item.name === name)?.standing === 'settled';
        notifyDone(t(isSettled ? 'secrets.rotated' : 'secrets.begun', { name: called }));
      },
    });
  const reason = canRotate
    ? isChanging
      ? t(`secrets.standing.${standing}`)
      : undefined
    : t('common.no_permission', { permission: 'secrets:rotate' });
  return (
    <>
      <Button
        size="xs"
        variant="default"
        disabled={!canRotate || isChanging}
        title={reason}
        aria-label={t('secrets.rotate_named', { name: called })}
        onClick={ask}
      >
        {t('secrets.rotate')}
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        title={t('secrets.rotate_named', { name: called })}
        text={t('secrets.rotate_text')}
        confirmLabel={t('secrets.rotate')}
        isPending={rotate.isPending}
        error={rotate.error}
        onConfirm={change}
        onClose={() => setIsAsking(false)}
      />
    </>
  );
}
