import { ActionIcon, Button, Checkbox, Group, Menu, Modal, Stack, TextInput } from '@mantine/core';
import { IconBookmark, IconStarFilled, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { SavedView } from '@/api/model';
import { useOrganizationOptions } from '@/api/organizations';
import { useMe } from '@/api/permissions';
import { parseSearch, stringifySearch } from '@/lib/search-params';
import { errorText } from '@/ui/error-text';
import { OrganizationSelect } from '@/ui/OrganizationSelect';
import { viewsQuery } from '../api';
import { parseTicketsSearch, type TicketsSearch } from '../search';
import classes from './ViewTabs.module.css';

const OPEN = 'new,in_progress,pending';

export const BUILT_IN = [
  { name: 'open', search: { stage: OPEN, sort: '-urgency' } },
  { name: 'mine', search: { stage: OPEN, assignee: 'me', sort: '-urgency' } },
  { name: 'unassigned', search: { stage: OPEN, assignee: 'none', sort: '-urgency' } },
  { name: 'all', search: { sort: '-created_at' } },
] as const;

/** Two addresses show the same when their filters do, whatever the organization. */
function signature(search: TicketsSearch): string {
  const { organization_id: _o, new: _n, ...rest } = search;
  return stringifySearch(Object.fromEntries(Object.entries(rest).sort()));
}

interface ViewTabsProps {
  filters: TicketsSearch;
  onPick: (search: TicketsSearch) => void;
}

export function ViewTabs({ filters, onPick }: ViewTabsProps) {
  const { t } = useTranslation();
  const current = signature(filters);
  return (
    <nav className={classes.tabs} aria-label={t('tickets.views.title')}>
      {BUILT_IN.map(({ name, search }) => (
        <button
          key={name}
          type="button"
          className={classes.tab}
          data-active={signature(search) === current || undefined}
          aria-current={signature(search) === current ? 'true' : undefined}
          onClick={() => onPick(search)}
        >
          {t(`tickets.views.${name}`)}
        </button>
      ))}
      <SavedViews filters={filters} current={current} onPick={onPick} />
    </nav>
  );
}

function SavedViews({ filters, current, onPick }: ViewTabsProps & { current: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const queryClient = useQueryClient();
  const [isSaving, setIsSaving] = useState(false);
  const views = useQuery(viewsQuery).data ?? [];
  const searchOf = (view: SavedView) => parseTicketsSearch(parseSearch(view.query));
  const active = views.find((view) => signature(searchOf(view)) === current);
  const remove = useMutation({
    mutationFn: (id: string) => api('DELETE /views/{id}', { path: { id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keys.all('views') }),
  });
  return (
    <>
      <Menu position="bottom-start" width={280}>
        <Menu.Target>
          <button type="button" className={classes.tab} data-active={active ? true : undefined}>
            <IconBookmark size={14} stroke={1.6} aria-hidden />
            {active?.name ?? t('tickets.views.saved')}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {views.length === 0 && <Menu.Label>{t('tickets.views.empty')}</Menu.Label>}
          {views.map((view) => (
            <Group key={view.id} gap={0} wrap="nowrap">
              <Menu.Item
                onClick={() => onPick(searchOf(view))}
                leftSection={
                  view.is_default ? <IconStarFilled size={12} aria-label={t('tickets.views.default')} /> : undefined
                }
              >
                {view.name}
                {view.is_shared ? ` · ${t('tickets.views.shared')}` : ''}
              </Menu.Item>
              {view.owner_id === me?.user.id && (
                <ActionIcon
                  size={24}
                  aria-label={t('tickets.views.delete', { name: view.name })}
                  onClick={() => remove.mutate(view.id)}
                >
                  <IconTrash size={14} aria-hidden />
                </ActionIcon>
              )}
            </Group>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => setIsSaving(true)}>{t('tickets.views.save')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isSaving && <SaveViewDialog filters={filters} onClose={() => setIsSaving(false)} />}
    </>
  );
}

function SaveViewDialog({ filters, onClose }: { filters: TicketsSearch; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const organizations = useOrganizationOptions();
  const [organization, setOrganization] = useState(filters.organization_id ?? organizations[0]?.value ?? '');
  const [name, setName] = useState('');
  const [isShared, setIsShared] = useState(false);
  const [isDefault, setIsDefault] = useState(false);
  const save = useMutation({
    mutationFn: () =>
      api('POST /views', {
        body: {
          organization_id: organization,
          name: name.trim(),
          is_shared: isShared,
          is_default: isDefault,
          query: signature(filters).replace(/^\?/, ''),
        },
      }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keys.all('views') });
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('tickets.views.save')} size="sm">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) save.mutate();
        }}
      >
        <Stack gap="md">
          <TextInput
            data-autofocus
            label={t('common.field.name')}
            value={name}
            error={save.error ? errorText(save.error, t) : undefined}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <OrganizationSelect
            options={organizations}
            description={t('tickets.views.organization_hint')}
            value={organization}
            onChange={(id) => setOrganization(id ?? organization)}
          />
          <Checkbox label={t('tickets.views.is_shared')} checked={isShared} onChange={() => setIsShared(!isShared)} />
          <Checkbox
            label={t('tickets.views.is_default')}
            checked={isDefault}
            onChange={() => setIsDefault(!isDefault)}
          />
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending} disabled={!name.trim()}>
              {t('common.action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
