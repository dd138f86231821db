import { ActionIcon, Checkbox, Popover, Stack, Tooltip, UnstyledButton } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { COLUMN_IDS, type ColumnId, DEFAULT_COLUMNS } from './columns';

interface ColumnsMenuProps {
  chosen: readonly ColumnId[];
  onChange: (columns: ColumnId[]) => void;
}

export function ColumnsMenu({ chosen, onChange }: ColumnsMenuProps) {
  const { t } = useTranslation();
  const toggle = (id: ColumnId) => {
    const next = COLUMN_IDS.filter((each) => (each === id ? !chosen.includes(id) : chosen.includes(each)));
    if (next.length > 0) onChange(next);
  };
  return (
    <Popover position="bottom-end" width={220} trapFocus>
      <Popover.Target>
        <Tooltip label={t('tickets.columns')}>
          <ActionIcon aria-label={t('tickets.columns')}>
            <IconColumns3 size={17} stroke={1.5} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('tickets.columns')} p="sm">
        <Stack gap={2} mah={420} style={{ overflowY: 'auto' }}>
          {COLUMN_IDS.map((id) => (
            <Checkbox
              key={id}
              size="xs"
              p={4}
              label={t(`tickets.column.${id}`)}
              checked={chosen.includes(id)}
              disabled={id === 'title'}
              onChange={() => toggle(id)}
            />
          ))}
          <UnstyledButton p={4} c="var(--cc-accent)" onClick={() => onChange(DEFAULT_COLUMNS)}>
            {t('tickets.columns_default')}
          </UnstyledButton>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
