import { Button, Menu } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { BulkChange, TicketSummary } from '@/api/model';
import { useCan } from '@/api/permissions';
import { KeyHint } from '@/ui/KeyHint';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { StageBadge } from '@/ui/StageBadge';
import classes from './BulkBar.module.css';

export const BULK_LIMIT = 500;

interface BulkBarProps {
  tickets: TicketSummary[];
  onClaim: () => void;
  onAssign: () => void;
  onVerdict: () => void;
  onMerge: () => void;
  onChange: (change: BulkChange) => void;
  onClear: () => void;
}

export function BulkBar(props: BulkBarProps) {
  const { t } = useTranslation();
  const count = props.tickets.length;
  const isTooMany = count > BULK_LIMIT;
  const canWrite = useCan('tickets:write');
  const canAssign = useCan('tickets:assign');
  const canClose = useCan('tickets:close');
  const canMerge = useCan('tickets:merge');
  const why = (isAllowed: boolean, permission: string) =>
    isTooMany
      ? t('tickets.bulk.too_many', { limit: BULK_LIMIT })
      : isAllowed
        ? undefined
        : t('common.no_permission', { permission });
  const mergeReason = count < 2 ? t('tickets.merge.needs_two') : why(canMerge, 'tickets:merge');
  return (
    <div className={classes.bar} role="toolbar" aria-label={t('tickets.bulk.title')}>
      <span className={classes.count} role="status">
        {t('tickets.bulk.selected', { count })}
      </span>
      <BulkButton keys="C" reason={why(canAssign, 'tickets:assign')} onClick={props.onClaim}>
        {t('tickets.action.claim')}
      </BulkButton>
      <BulkButton keys="A" reason={why(canAssign, 'tickets:assign')} onClick={props.onAssign}>
        {t('tickets.action.assign')}
      </BulkButton>
      <BulkButton keys="V" reason={why(canClose, 'tickets:close')} onClick={props.onVerdict}>
        {t('tickets.action.verdict')}
      </BulkButton>
      <BulkButton keys="M" reason={mergeReason} onClick={props.onMerge}>
        {t('tickets.action.merge')}
      </BulkButton>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button size="xs" variant="default" disabled={!canWrite || isTooMany} title={why(canWrite, 'tickets:write')}>
            {t('common.action.more')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t('common.field.stage')}</Menu.Label>
          {(['new', 'in_progress', 'pending'] as const).map((stage) => (
            <Menu.Item key={stage} onClick={() => props.onChange({ stage })}>
              <StageBadge stage={stage} />
            </Menu.Item>
          ))}
          <Menu.Label>{t('common.field.severity')}</Menu.Label>
          {(['critical', 'high', 'medium', 'low', 'informational'] as const).map((severity) => (
            <Menu.Item key={severity} onClick={() => props.onChange({ severity })}>
              <SeverityBadge level={severity} />
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button size="xs" variant="subtle" ml="auto" onClick={props.onClear} rightSection={<KeyHint keys="Esc" />}>
        {t('tickets.bulk.clear')}
      </Button>
    </div>
  );
}

interface BulkButtonProps {
  keys: string;
  reason: string | undefined;
  onClick: () => void;
  children: string;
}

function BulkButton({ keys, reason, onClick, children }: BulkButtonProps) {
  return (
    <Button
      size="xs"
      variant="default"
      disabled={reason !== undefined}
      title={reason}
      onClick={onClick}
      rightSection={<KeyHint keys={keys} />}
    >
      {children}
    </Button>
  );
}
