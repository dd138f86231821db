import { Button } from '@mantine/core';
import { IconCompassOff, IconLock, IconTool } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/ui/EmptyState';
import { requestId } from '@/ui/error-text';

function HomeButton() {
  const { t } = useTranslation();
  return (
    <Button component={Link} to="/" variant="default" mt="sm">
      {t('shell.not_found.home')}
    </Button>
  );
}

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={<IconCompassOff size={32} stroke={1.3} aria-hidden />}
      title={t('shell.not_found.title')}
      text={t('shell.not_found.text')}
      action={<HomeButton />}
    />
  );
}

export function ForbiddenPage({ permission }: { permission: string }) {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={<IconLock size={32} stroke={1.3} aria-hidden />}
      title={t('shell.forbidden.title')}
      text={t('shell.forbidden.text', { permission })}
      action={<HomeButton />}
    />
  );
}

export function CrashPage({ error, reset }: { error: unknown; reset?: () => void }) {
  const { t } = useTranslation();
  const request = requestId(error);
  return (
    <EmptyState
      icon={<IconTool size={32} stroke={1.3} aria-hidden />}
      title={t('shell.crash.title')}
      text={
        <>
          {t('shell.crash.text')}
          <br />
          <code className="mono">
            {error instanceof Error ? error.message : String(error)}
            {request ? ` · ${request}` : ''}
          </code>
        </>
      }
      action={
        reset ? (
          <Button variant="default" mt="sm" onClick={reset}>
            {t('common.action.retry')}
          </Button>
        ) : (
          <HomeButton />
        )
      }
    />
  );
}
