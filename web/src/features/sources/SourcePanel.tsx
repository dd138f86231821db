import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Source } from '@/api/model';
import { useCan } from '@/api/permissions';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { errorText } from '@/ui/error-text';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Panel } from '@/ui/Panel';
import { SidePanel } from '@/ui/SidePanel';
import { useDeleteSource, useRotateToken, useUpdateSource } from './api';
import { SetupSteps } from './SetupSteps';
import { CountsPanel, HealthPanel, MappingPanel, SettingsPanel } from './SourceFacts';
import { EditSourceForm } from './SourceForm';
import { SyslogSteps } from './SyslogSteps';

interface SourcePanelProps {
  source: Source;
  onToken: (source: Source, token: string) => void;
  onClose: () => void;
}

export function SourcePanel({ source, onToken, onClose }: SourcePanelProps) {
  const { t } = useTranslation();
  return (
    <SidePanel
      label={source.name}
      head={<strong>{source.name}</strong>}
      width={480}
      foot={<SourceActions source={source} onToken={onToken} onDeleted={onClose} />}
      onClose={onClose}
    >
      <HealthPanel source={source} />
      <CountsPanel source={source} />
      <MappingPanel source={source} />
      <SettingsPanel source={source} />
      <Panel title={t('sources.setup.title')}>
        {source.kind === 'syslog' ? (
          <SyslogSteps />
        ) : (
          <SetupSteps source={source} token={`…${source.token_hint}`} isWhole={false} />
        )}
      </Panel>
    </SidePanel>
  );
}

interface SourceActionsProps {
  source: Source;
  onToken: (source: Source, token: string) => void;
  onDeleted: () => void;
}

type Overlay = 'edit' | 'rotate' | 'disable' | 'delete' | null;

function SourceActions({ source, onToken, onDeleted }: SourceActionsProps) {
  const { t } = useTranslation();
  const [overlay, setOverlay] = useState<Overlay>(null);
  const canWrite = useCan('sources:write');
  const blocked = canWrite
    ? source.is_shared
      ? t('errors.shared_source')
      : undefined
    : t('common.no_permission', { permission: 'sources:write' });
  const update = useUpdateSource(source);
  const close = () => setOverlay(null);
  const enable = () => update.mutate({ is_enabled: true }, { onError: (error) => notifyFailed(errorText(error, t)) });
  const button = { disabled: blocked !== undefined, title: blocked, variant: 'default' } as const;
  return (
    <>
      <Button {...button} onClick={() => setOverlay('edit')}>
        {t('common.action.edit')}
      </Button>
      {source.kind !== 'syslog' && (
        <Button {...button} onClick={() => setOverlay('rotate')}>
          {t('sources.rotate.action')}
        </Button>
      )}
      {source.is_enabled ? (
        <Button {...button} onClick={() => setOverlay('disable')}>
          {t('sources.disable.action')}
        </Button>
      ) : (
        <>
          <Button {...button} loading={update.isPending} onClick={enable}>
            {t('sources.enable')}
          </Button>
          <Button {...button} onClick={() => setOverlay('delete')}>
            {t('common.action.delete')}
          </Button>
        </>
      )}
      {overlay === 'edit' && <EditSourceForm source={source} onClose={close} />}
      {overlay !== null && overlay !== 'edit' && (
        <Confirmation kind={overlay} source={source} onToken={onToken} onDeleted={onDeleted} onClose={close} />
      )}
    </>
  );
}

interface ConfirmationProps extends SourceActionsProps {
  kind: 'rotate' | 'disable' | 'delete';
  onClose: () => void;
}

function Confirmation({ kind, source, onToken, onDeleted, onClose }: ConfirmationProps) {
  const { t } = useTranslation();
  const rotate = useRotateToken();
  const update = useUpdateSource(source);
  const remove = useDeleteSource();
  const deeds = {
    rotate: async () => onToken(source, (await rotate.mutateAsync(source.id)).token),
    disable: async () => void (await update.mutateAsync({ is_enabled: false })),
    delete: async () => {
      await remove.mutateAsync(source.id);
      notifyDone(t('sources.delete.done', { name: source.name }));
      onDeleted();
    },
  };
  const run = useMutation({ mutationFn: () => deeds[kind](), onSuccess: onClose });
  return (
    <ConfirmDialog
      isOpen
      title={t(`sources.${kind}.title`, { name: source.name })}
      text={t(`sources.${kind}.text`)}
      confirmLabel={kind === 'delete' ? t('common.action.delete') : t(`sources.${kind}.action`)}
      isDangerous
      isPending={run.isPending}
      error={run.error}
      onConfirm={() => run.mutate()}
      onClose={onClose}
    />
  );
}
