import { Button, Group, Modal, Radio, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TicketSummary } from '@/api/model';
import { inReadersWords } from '@/i18n/own-words';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { StageBadge } from '@/ui/StageBadge';
import { takesFocus } from '@/ui/takes-focus';

interface MergeDialogProps {
  tickets: TicketSummary[];
  onMerge: (survivor: TicketSummary, members: TicketSummary[]) => Promise<boolean>;
  onClose: () => void;
}

/** Who survives: the oldest by default, because its clocks started first. */
export function MergeDialog({ tickets, onMerge, onClose }: MergeDialogProps) {
  const { t } = useTranslation();
  const oldest = [...tickets].sort((a, b) => a.created_at.localeCompare(b.created_at))[0];
  const [survivorId, setSurvivorId] = useState(oldest?.id ?? '');
  const [isPending, setIsPending] = useState(false);
  const isMixed = new Set(tickets.map((ticket) => ticket.organization_id)).size > 1;
  const merge = async () => {
    const survivor = tickets.find(({ id }) => id === survivorId);
    if (!survivor) return;
    setIsPending(true);
    const isDone = await onMerge(
      survivor,
      tickets.filter(({ id }) => id !== survivorId),
    );
    setIsPending(false);
    if (isDone) onClose();
  };
  return (
    <Modal opened onClose={onClose} title={t('tickets.merge.title', { count: tickets.length })} size={640}>
      <Stack gap="md">
        <Text c="dimmed">{t('tickets.merge.text')}</Text>
        <Radio.Group value={survivorId} onChange={setSurvivorId} label={t('tickets.merge.survivor')}>
          <Stack gap="sm" mt="sm" mah={360} style={{ overflowY: 'auto' }}>
            {tickets.map((ticket, index) => (
              <Radio
                key={ticket.id}
                value={ticket.id}
                ref={index === 0 ? takesFocus : undefined}
                data-autofocus={index === 0 || undefined}
                label={
                  <Group gap="md" wrap="nowrap">
                    <span className="mono">{ticket.reference}</span>
                    <SeverityBadge level={ticket.severity} isCompact />
                    <span>{inReadersWords(ticket.title)}</span>
                    <StageBadge stage={ticket.stage} />
                  </Group>
                }
              />
            ))}
          </Stack>
        </Radio.Group>
        {isMixed && (
          <Text c="var(--cc-bad)" role="alert">
            {t('tickets.merge.mixed')}
          </Text>
        )}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {t('common.action.cancel')}
          </Button>
          <Button loading={isPending} disabled={isMixed} onClick={() => void merge()}>
            {t('tickets.action.merge')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
