import { ActionIcon } from '@mantine/core';
import { IconArrowUpRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { inReadersWords } from '@/i18n/own-words';
import { ErrorState } from '@/ui/ErrorState';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { SidePanel } from '@/ui/SidePanel';
import { AlertActions } from './AlertActions';
import { AlertFacts } from './AlertFacts';
import { alertQuery } from './api';

interface AlertPanelProps {
  id: string;
  onChanged: () => void;
  onClose: () => void;
}

export function AlertPanel({ id, onChanged, onClose }: AlertPanelProps) {
  const { t } = useTranslation();
  const alert = useQuery(alertQuery(id));
  return (
    <SidePanel
      label={t('alerts.detail.title')}
      head={inReadersWords(alert.data?.rule_name) ?? t('alerts.detail.title')}
      actions={
        <ActionIcon component={Link} to="/alerts/$id" params={{ id } as never} aria-label={t('alerts.open_page')}>
          <IconArrowUpRight size={17} stroke={1.5} aria-hidden />
        </ActionIcon>
      }
      width={460}
      foot={alert.data && <AlertActions alert={alert.data} onChanged={onChanged} />}
      onClose={onClose}
    >
      {alert.isPending && <LoadingSkeleton rows={12} height={32} />}
      {alert.error && <ErrorState error={alert.error} onRetry={() => void alert.refetch()} />}
      {alert.data && <AlertFacts key={id} alert={alert.data} />}
    </SidePanel>
  );
}
