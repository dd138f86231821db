import { ActionIcon, Button, Select, Tooltip } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Membership } from '@/api/model';
import { choicesBeside, useOrganizationOptions } from '@/api/organizations';
import { reachesAll, useCan, useMe } from '@/api/permissions';
import { roleName } from '@/i18n/role-texts';
import { rolesQuery } from './api';
import classes from './users.module.css';

interface MembershipEditorProps {
  value: Membership[];
  onChange: (value: Membership[]) => void;
  error?: React.ReactNode;
}

/** Stands for "every organization, those to come included" in the select, which knows no null. */
const EVERYWHERE = '*';
const SHIPPED = ['admin', 'soc_manager', 'senior_analyst', 'analyst', 'auditor', 'viewer'];

/** One role for each organization, or one role everywhere. */
export function MembershipEditor({ value, onChange, error }: MembershipEditorProps) {
  const { t } = useTranslation();
  const everywhere = { value: EVERYWHERE, label: t('users.everywhere') };
  const all = [everywhere, ...useOrganizationOptions()];
  const writable = useOrganizationOptions('users:write');
  const organizations = reachesAll(useMe(), 'users:write') ? [everywhere, ...writable] : writable;
  const canReadRoles = useCan('roles:read');
  const roles = useQuery({ ...rolesQuery, enabled: canReadRoles }).data?.items.map(({ name }) => name) ?? SHIPPED;
  const set = (index: number, part: Partial<Membership>) =>
    onChange(value.map((row, at) => (at === index ? { ...row, ...part } : row)));
  const used = new Set(value.map((row) => row.organization_id ?? EVERYWHERE));
  const free = organizations.find((option) => !used.has(option.value) && option.value !== EVERYWHERE);
  return (
    <fieldset className={classes.memberships}>
      <legend className="mantine-InputWrapper-label">{t('users.memberships')}</legend>
      {value.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity besides their place
        <div key={index} className={classes.membershipRow}>
          <Select
            size="xs"
            aria-label={t('common.field.organization')}
            data={choicesBeside(row.organization_id ?? EVERYWHERE, organizations, all).map((option) => ({
              ...option,
              disabled: used.has(option.value) && option.value !== (row.organization_id ?? EVERYWHERE),
            }))}
            allowDeselect={false}
            value={row.organization_id ?? EVERYWHERE}
            onChange={(id) => set(index, { organization_id: id === EVERYWHERE ? null : id })}
          />
          <Select
            size="xs"
            aria-label={t('users.role_label')}
            data={roles.map((name) => ({ value: name, label: roleName(name, t) }))}
            allowDeselect={false}
            value={row.role}
            onChange={(role) => set(index, { role: role ?? row.role })}
          />
          <Tooltip label={t('common.action.remove')}>
            <ActionIcon
              aria-label={t('common.action.remove')}
              onClick={() => onChange(value.filter((_, at) => at !== index))}
            >
              <IconX size={15} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </div>
      ))}
      {value.length === 0 && <p className={classes.dim}>{t('users.no_memberships')}</p>}
      <div>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          disabled={!free}
          onClick={() => onChange([...value, { organization_id: free?.value ?? null, role: 'analyst' }])}
        >
          {t('users.add_membership')}
        </Button>
      </div>
      {error && (
        <p className={classes.error} role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}
