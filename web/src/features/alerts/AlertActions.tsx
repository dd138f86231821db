import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert } from '@/api/model';
import { useCan } from '@/api/permissions';
import { useKeys } from '@/lib/use-keys';
import { errorText } from '@/ui/error-text';
import { KeyHint } from '@/ui/KeyHint';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { useAcknowledge, usePromote } from './api';
import { PolicyForm } from './PolicyForm';

interface AlertActionsProps {
  alert: Alert;
  /** The alert changed: the list around shows it. */
  onChanged?: () => void;
}

/** Seen, promoted or silenced; each with its key. */
export function AlertActions({ alert, onChanged }: AlertActionsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [isSuppressing, setIsSuppressing] = useState(false);
  const acknowledge = useAcknowledge();
  const promote = usePromote();
  const blocked = useBlockedReasons(alert);
  const tell = useMutation({
    mutationFn: async (deed: () => Promise<unknown>) => deed(),
    onSuccess: onChanged,
    onError: (error) => notifyFailed(errorText(error, t)),
  });
  const doAcknowledge = () =>
    tell.mutate(async () => {
      await acknowledge.mutateAsync(alert.id);
      notifyDone(t('alerts.done.acknowledged'));
    });
  const doPromote = () =>
    tell.mutate(async () => {
      const ticket = await promote.mutateAsync(alert.id);
      notifyDone(t('alerts.done.promoted', { reference: ticket.reference }));
      await navigate({ to: '/tickets/$id', params: { id: ticket.id } });
    });
  useKeys({
    e: () => !blocked.acknowledge && doAcknowledge(),
    p: () => !blocked.promote && doPromote(),
    s: () => !blocked.suppress && setIsSuppressing(true),
  });

  return (
    <>
      <ActionButton
        label={t('alerts.action.acknowledge')}
        hint="E"
        blocked={blocked.acknowledge}
        isPending={acknowledge.isPending}
        onClick={doAcknowledge}
      />
      <ActionButton
        label={t('alerts.action.promote')}
        hint="P"
        blocked={blocked.promote}
        isPending={promote.isPending}
        onClick={doPromote}
      />
      <ActionButton
        label={t('alerts.action.suppress')}
        hint="S"
        blocked={blocked.suppress}
        onClick={() => setIsSuppressing(true)}
      />
      {isSuppressing && <PolicyForm existing={null} alert={alert} onClose={() => setIsSuppressing(false)} />}
    </>
  );
}

/** Why an action is not open to this person now, or undefined. */
function useBlockedReasons(alert: Alert) {
  const { t } = useTranslation();
  const organization = alert.organization_id;
  const canWrite = useCan('alerts:write', organization);
  const canCreate = useCan('tickets:create', organization);
  const canSuppress = useCan('suppressions:write', organization);
  const lacking = (permission: string) => t('common.no_permission', { permission });
  const promotePermission = canWrite ? 'tickets:create' : 'alerts:write';
  return {
    acknowledge: !canWrite ? lacking('alerts:write') : alert.state === 'new' ? undefined : t('alerts.blocked.not_new'),
    promote:
      canWrite && canCreate
        ? alert.ticket
          ? t('alerts.blocked.has_ticket', { reference: alert.ticket.reference })
          : undefined
        : lacking(promotePermission),
    suppress: canSuppress ? undefined : lacking('suppressions:write'),
  };
}

interface ActionButtonProps {
  label: string;
  hint: string;
  blocked: string | undefined;
  isPending?: boolean;
  onClick: () => void;
}

function ActionButton({ label, hint, blocked, isPending, onClick }: ActionButtonProps) {
  return (
    <Button
      variant="default"
      disabled={blocked !== undefined}
      title={blocked}
      loading={isPending}
      rightSection={<KeyHint keys={hint} />}
      onClick={onClick}
    >
      {label}
    </Button>
  );
}
