import { Button } from '@mantine/core';
import { IconCompassOff, IconPlugConnectedX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from './EmptyState';
import { errorText, requestId } from './error-text';
import classes from './states.module.css';

interface ErrorStateProps {
  error: unknown;
  onRetry?: () => void;
}

export function ErrorState({ error, onRetry }: ErrorStateProps) {
  const { t } = useTranslation();
  const request = requestId(error);
  // What does not exist will not exist after another try either.
  if ((error as { status?: number } | null)?.status === 404) {
    return <EmptyState icon={<IconCompassOff size={28} stroke={1.4} aria-hidden />} title={t('errors.not_found')} />;
  }
  return (
    <div className={classes.state} role="alert">
      <div className={classes.mark}>
        <IconPlugConnectedX size={28} stroke={1.4} aria-hidden />
      </div>
      <p className={classes.title}>{t('common.state.error')}</p>
      <p className={classes.text}>{errorText(error, t)}</p>
      {request && <p className={`${classes.text} mono`}>{t('errors.request_id', { id: request })}</p>}
      {onRetry && (
        <Button variant="default" onClick={onRetry}>
          {t('common.action.retry')}
        </Button>
      )}
    </div>
  );
}
