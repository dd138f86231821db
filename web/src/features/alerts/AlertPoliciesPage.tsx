import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertPolicy } from '@/api/model';
import { useOrganizationName } from '@/api/organizations';
import { hasPermission, useCan, useMe } from '@/api/permissions';
import { sourcesQuery } from '@/api/sources';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { EmptyState } from '@/ui/EmptyState';
import { ListTable } from '@/ui/ListTable';
import { notifyDone } from '@/ui/notify';
import { PageFrame, PageHeader } from '@/ui/PageHeader';
import { AlertTabs } from './AlertTabs';
import { policiesQuery, useDeletePolicy } from './api';
import { PolicyForm } from './PolicyForm';
import { makePolicyColumns, PolicyCard } from './policy-columns';

type Overlay = { kind: 'form'; policy: AlertPolicy | null } | { kind: 'delete'; policy: AlertPolicy } | null;

const rowId = (row: AlertPolicy) => row.id;

export function AlertPoliciesPage() {
  const { t } = useTranslation();
  const [overlay, setOverlay] = useState<Overlay>(null);
  const policies = useQuery(policiesQuery);
  const canCreate = useCan('suppressions:write');
  const blocked = canCreate ? undefined : t('common.no_permission', { permission: 'suppressions:write' });
  const me = useMe();
  const mayChange = (policy: AlertPolicy) => hasPermission(me, 'policies:write', policy.organization_id);
  const { rows, columns, card } = useRows(policies.data, setOverlay, mayChange);
  const create = () => setOverlay({ kind: 'form', policy: null });
  return (
    <PageFrame>
      <PageHeader
        title={<AlertTabs />}
        actions={
          <Button
            leftSection={<IconPlus size={15} aria-hidden />}
            disabled={!canCreate}
            title={blocked}
            onClick={create}
          >
            {t('alerts.policies.new')}
          </Button>
        }
      />
      <ListTable
        label={t('alerts.policies.title')}
        columns={columns}
        rows={rows}
        getRowId={rowId}
        isLoading={policies.isPending}
        error={policies.error}
        onRetry={() => void policies.refetch()}
        empty={<EmptyState title={t('alerts.policies.empty')} text={t('alerts.policies.empty_hint')} />}
        onOpen={(policy) => mayChange(policy) && setOverlay({ kind: 'form', policy })}
        card={card}
        cardHeight={124}
        rowHeight={52}
        minWidth={960}
      />
      {overlay?.kind === 'form' && (
        <PolicyForm key={overlay.policy?.id ?? 'new'} existing={overlay.policy} onClose={() => setOverlay(null)} />
      )}
      {overlay?.kind === 'delete' && <DeletePolicy policy={overlay.policy} onClose={() => setOverlay(null)} />}
    </PageFrame>
  );
}

function useRows(
  policies: AlertPolicy[] | undefined,
  show: (overlay: Overlay) => void,
  mayChange: (policy: AlertPolicy) => boolean,
) {
  const { t, i18n } = useTranslation();
  const nameOf = useOrganizationName();
  const { organization_id } = useSearch({ strict: false }) as { organization_id?: string };
  const canReadSources = useCan('sources:read');
  const sources = useQuery({ ...sourcesQuery, enabled: canReadSources }).data;
  const rows = useMemo(
    () => (policies ?? []).filter((policy) => !organization_id || policy.organization_id === organization_id),
    [policies, organization_id],
  );
  const context = {
    t,
    locale: i18n.language,
    nameOf,
    sourceName: (id: string) => sources?.find((source) => source.id === id)?.name ?? id,
    menu: (policy: AlertPolicy) => <PolicyMenu policy={policy} isBlocked={!mayChange(policy)} onShow={show} />,
  };
  return {
    rows,
    columns: makePolicyColumns(context),
    card: (policy: AlertPolicy) => <PolicyCard policy={policy} context={context} />,
  };
}

interface PolicyMenuProps {
  policy: AlertPolicy;
  isBlocked: boolean;
  onShow: (overlay: Overlay) => void;
}

function PolicyMenu({ policy, isBlocked, onShow }: PolicyMenuProps) {
  const { t } = useTranslation();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keeps a press on the menu from opening the row
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <span onClick={(event) => event.stopPropagation()}>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={t('common.action.more')} disabled={isBlocked}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={15} />} onClick={() => onShow({ kind: 'form', policy })}>
            {t('common.action.edit')}
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash size={15} />} onClick={() => onShow({ kind: 'delete', policy })}>
            {t('common.action.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </span>
  );
}

function DeletePolicy({ policy, onClose }: { policy: AlertPolicy; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useDeletePolicy();
  return (
    <ConfirmDialog
      isOpen
      title={t('alerts.policies.delete')}
      text={t('alerts.policies.delete_text')}
      confirmLabel={t('common.action.delete')}
      isDangerous
      isPending={remove.isPending}
      error={remove.error}
      onConfirm={() =>
        remove.mutate(policy.id, {
          onSuccess: () => {
            notifyDone(t('alerts.policies.deleted'));
            onClose();
          },
        })
      }
      onClose={onClose}
    />
  );
}
