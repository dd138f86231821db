import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Source, SourceCounts } from '@/api/model';
import { useCan } from '@/api/permissions';
import { formatNumber } from '@/lib/numbers';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { errorText } from '@/ui/error-text';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Facts, Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { SidePanel } from '@/ui/SidePanel';
import { useDeleteSource, useRotateToken, useUpdateSource } from './api';
import { SetupSteps } from './SetupSteps';
import { EditSourceForm } from './SourceForm';
import { SourceHealthBadge } from './SourceHealthBadge';
import { Sparkline } from './Sparkline';
import classes from './sources.module.css';
import { zoneText } from './zones';

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
      <Panel title={t('sources.section.health')}>
        <Facts
          items={[
            { label: t('common.field.state'), value: <SourceHealthBadge source={source} /> },
            { label: t('sources.column.last_seen'), value: <RelativeTime at={source.last_seen_at} isLong /> },
            { label: t('sources.last_hour'), value: <Sparkline values={source.rate_per_minute} width={240} /> },
          ]}
        />
      </Panel>
      <Panel title={t('sources.section.counts')} isFlush>
        <Counts source={source} />
      </Panel>
      <Panel title={t('sources.mapping.title')}>
        <ul className={classes.mappingList}>
          {source.organizations.map((row) => (
            <li key={row.match ?? ''}>
              {row.match === null ? (
                <em className={classes.dim}>{t('sources.mapping.none')}</em>
              ) : (
                <span className="mono">{row.match}</span>
              )}
              <span aria-hidden>→</span>
              {row.organization_name}
            </li>
          ))}
        </ul>
      </Panel>
      <Panel title={t('sources.section.settings')}>
        <Facts
          items={[
            { label: t('sources.kind_label'), value: t(`sources.kind.${source.kind}`) },
            {
              label: t('sources.zone'),
              value: source.zone_offset_minutes == null ? t('sources.zone_none') : zoneText(source.zone_offset_minutes),
            },
            { label: t('sources.storm'), value: source.storm_limit ?? t('sources.storm_none') },
            { label: t('sources.token.label'), value: <span className="mono">…{source.token_hint}</span> },
            { label: t('sources.token.created'), value: <RelativeTime at={source.token_created_at} isLong /> },
          ]}
        />
      </Panel>
      <Panel title={t('sources.setup.title')}>
        <SetupSteps source={source} token={`…${source.token_hint}`} isWhole={false} />
      </Panel>
    </SidePanel>
  );
}

const COUNTS = [
  'received',
  'created',
  'updated',
  'duplicate',
  'reopened',
  'linked',
  'suppressed',
  'quarantined',
] as const satisfies readonly (keyof SourceCounts)[];

function Counts({ source }: { source: Source }) {
  const { t, i18n } = useTranslation();
  return (
    <dl className={classes.counts}>
      {COUNTS.map((name) => (
        <div key={name}>
          <dd>
            {name === 'quarantined' && source.counts.quarantined > 0 ? (
              <Link to="/quarantine" search={{ source_id: source.id }}>
                {formatNumber(source.counts[name], i18n.language)}
              </Link>
            ) : (
              formatNumber(source.counts[name], i18n.language)
            )}
          </dd>
          <dt>{t(`sources.count.${name}`)}</dt>
        </div>
      ))}
    </dl>
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
  const blocked = canWrite ? undefined : t('common.no_permission', { permission: 'sources:write' });
  const update = useUpdateSource(source);
  const close = () => setOverlay(null);
  const enable = () => update.mutate({ is_enabled: true }, { onError: (error) => notifyFailed(errorText(error, t)) });
  const button = { disabled: !canWrite, title: blocked, variant: 'default' } as const;
  return (
    <>
      <Button {...button} onClick={() => setOverlay('edit')}>
        {t('common.action.edit')}
      </Button>
      <Button {...button} onClick={() => setOverlay('rotate')}>
        {t('sources.rotate.action')}
      </Button>
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
