import { ActionIcon, Tooltip } from '@mantine/core';
import { IconChartBar, IconTable } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '@/ui/Panel';

interface ChartPanelProps {
  title: string;
  meta?: string;
  legend?: ReactNode;
  /** The same figures as text. */
  table: ReactNode;
  children: ReactNode;
}

/** A drawing and its table, one in the place of the other. */
export function ChartPanel({ title, meta, legend, table, children }: ChartPanelProps) {
  const { t } = useTranslation();
  const [isTable, setIsTable] = useState(false);
  const label = t(isTable ? 'dashboard.as_chart' : 'dashboard.as_table');
  return (
    <Panel
      title={title}
      meta={meta}
      isFlush
      actions={
        <>
          {isTable ? null : legend}
          <Tooltip label={label}>
            <ActionIcon aria-label={`${label}: ${title}`} aria-pressed={isTable} onClick={() => setIsTable(!isTable)}>
              {isTable ? <IconChartBar size={16} aria-hidden /> : <IconTable size={16} aria-hidden />}
            </ActionIcon>
          </Tooltip>
        </>
      }
    >
      {isTable ? table : children}
    </Panel>
  );
}
