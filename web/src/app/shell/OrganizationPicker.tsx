import { Menu } from '@mantine/core';
import { IconBuilding, IconCheck, IconSelector } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/permissions';
import classes from './TopBar.module.css';

/** The organization whose things are shown. It lives in the address, so that a link shows the same to all. */
export function OrganizationPicker() {
  const { t } = useTranslation();
  const organizations = useMe()?.organizations ?? [];
  const search = useSearch({ strict: false }) as { organization_id?: string };
  const navigate = useNavigate();
  const picked = organizations.find((organization) => organization.id === search.organization_id);
  const pick = (id: string | undefined) =>
    void navigate({ to: '.', search: (current: object) => ({ ...current, organization_id: id }) } as never);

  if (organizations.length < 2) {
    return <span className={`${classes.organizationFixed} truncate`}>{organizations[0]?.name ?? ''}</span>;
  }
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <button type="button" className={classes.organization} aria-label={t('shell.organization.pick')}>
          <IconBuilding size={16} stroke={1.5} aria-hidden />
          <span className="truncate">{picked?.name ?? t('shell.organization.all')}</span>
          <IconSelector size={14} stroke={1.5} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: 'auto' }}>
        <Menu.Item rightSection={picked ? null : <IconCheck size={14} />} onClick={() => pick(undefined)}>
          {t('shell.organization.all')}
        </Menu.Item>
        <Menu.Divider />
        {organizations.map((organization) => (
          <Menu.Item
            key={organization.id}
            rightSection={picked?.id === organization.id ? <IconCheck size={14} /> : null}
            onClick={() => pick(organization.id)}
          >
            {organization.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
