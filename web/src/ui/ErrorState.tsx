import { Button } from '@mantine/core';
import { IconCompassOff, IconPlugConnectedX } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { EmptyState } from './EmptyState';
import { errorText, fieldErrors, requestId } from './error-text';
import classes from './states.module.css';

interface ErrorStateProps {
  error: unknown;
  onRetry?: () => void;
}

/** No field of a page is marked when what its address asks for is refused: what stands there is named, as the server did. */
function refusedValues(error: unknown, t: TFunction): string | undefined {
  const values = Object.entries(fieldErrors(error)).map(([name, reason]) => `${name} ${reason}`);
  return values.length > 0 ? t('errors.refused_value', { values: values.join('; ') }) : undefined;
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
      <p className={classes.text}>{refusedValues(error, t) ?? errorText(error, t)}</p>
      {request && <p className={`${classes.text} mono`}>{t('errors.request_id', { id: request })}</p>}
      {onRetry && !refusedValues(error, t) && (
        <Button variant="default" onClick={onRetry}>
          {t('common.action.retry')}
        </Button>
      )}
    </div>
  );
}
