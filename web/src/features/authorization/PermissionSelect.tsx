import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { permissionText } from '@/i18n/role-texts';
import { matrixQuery } from './api';
import classes from './authorization.module.css';

interface PermissionSelectProps {
  value: string | null;
  onChange: (permission: string | null) => void;
}

/** One of the permissions there are, found by what it is for or by its code. */
export function PermissionSelect({ value, onChange }: PermissionSelectProps) {
  const { t } = useTranslation();
  const permissions = useQuery(matrixQuery).data?.permissions ?? [];
  const options = permissions.map(({ name }) => ({ value: name, label: permissionText(name, t) }));
  return (
    <Select
      required
      searchable
      selectFirstOptionOnChange
      allowDeselect={false}
      className={classes.wide}
      label={t('authorization.permission')}
      nothingFoundMessage={t('users.roles.none')}
      data={options}
      filter={({ search }) => {
        const needle = search.trim().toLocaleLowerCase();
        return options.filter((option) => `${option.value} ${option.label}`.toLocaleLowerCase().includes(needle));
      }}
      renderOption={({ option }) => (
        <span className={classes.option}>
          {option.label} <code className="mono">{option.value}</code>
        </span>
      )}
      // In an open list Enter chooses; it does not ask yet, for what was chosen before.
      onKeyDown={(event) => {
        const isOpen = event.currentTarget.getAttribute('aria-expanded') === 'true';
        if (event.key === 'Enter' && isOpen) event.preventDefault();
      }}
      value={value}
      onChange={onChange}
    />
  );
}
