import { ActionIcon, Button, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconArrowsSplit, IconPlus, IconX } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { LinkKind, Ticket, TicketSummary } from '@/api/model';
import { useCan } from '@/api/permissions';
import { inReadersWords } from '@/i18n/own-words';
import { errorText } from '@/ui/error-text';
import { notifyFailed } from '@/ui/notify';
import { putTicket } from '../cache';
import { FactSection, TicketRefLine } from '../parts/FactSections';
import facts from '../parts/facts.module.css';

const KINDS: LinkKind[] = ['related', 'duplicate_of', 'caused_by', 'recurrence_of'];

/** Links to other tickets, and the tickets merged into this one, each with its way back. */
export function Related({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [isAdding, setIsAdding] = useState(false);
  const canWrite = useCan('tickets:write', ticket.organization_id);
  const canMerge = useCan('tickets:merge', ticket.organization_id);
  const refresh = () => queryClient.invalidateQueries({ queryKey: keys.one('tickets', ticket.id) });
  const onError = (error: unknown) => notifyFailed(errorText(error, t));
  const unlink = useMutation({
    mutationFn: (other: string) =>
      api('DELETE /tickets/{id}/links/{ticket_id}', { path: { id: ticket.id, ticket_id: other } }),
    onSuccess: refresh,
    onError,
  });
  const split = useMutation({
    mutationFn: (member: string) =>
      api('POST /tickets/{id}/split', { path: { id: ticket.id }, body: { member_id: member } }),
    onSuccess: async (restored) => {
      putTicket(queryClient, restored);
      await refresh();
    },
    onError,
  });
  return (
    <>
      {ticket.members.length > 0 && (
        <FactSection title={t('ticket.members')}>
          <ul className={facts.links}>
            {ticket.members.map((member) => (
              <li key={member.id}>
                <TicketRefLine
                  ticket={member}
                  end={
                    <ActionIcon
                      size={24}
                      disabled={!canMerge}
                      loading={split.isPending && split.variables === member.id}
                      aria-label={t('ticket.split', { reference: member.reference })}
                      title={t('ticket.split', { reference: member.reference })}
                      onClick={() => split.mutate(member.id)}
                    >
                      <IconArrowsSplit size={15} aria-hidden />
                    </ActionIcon>
                  }
                />
              </li>
            ))}
          </ul>
        </FactSection>
      )}
      <FactSection
        title={t('ticket.links')}
        end={
          <ActionIcon
            size={24}
            disabled={!canWrite}
            aria-label={t('ticket.link.add')}
            title={canWrite ? t('ticket.link.add') : t('common.no_permission', { permission: 'tickets:write' })}
            onClick={() => setIsAdding(true)}
          >
            <IconPlus size={15} aria-hidden />
          </ActionIcon>
        }
      >
        {ticket.links.length === 0 && <p className={facts.dim}>{t('ticket.links_empty')}</p>}
        <ul className={facts.links}>
          {ticket.links.map((link) => (
            <li key={`${link.kind} ${link.ticket.id}`}>
              <TicketRefLine
                ticket={link.ticket}
                why={t(link.is_incoming ? `ticket.link.incoming.${link.kind}` : `ticket.link.kind.${link.kind}`)}
                end={
                  <ActionIcon
                    size={24}
                    disabled={!canWrite}
                    aria-label={t('ticket.link.remove', { reference: link.ticket.reference })}
                    onClick={() => unlink.mutate(link.ticket.id)}
                  >
                    <IconX size={14} aria-hidden />
                  </ActionIcon>
                }
              />
            </li>
          ))}
        </ul>
      </FactSection>
      {isAdding && <LinkDialog ticket={ticket} onClose={() => setIsAdding(false)} onLinked={refresh} />}
    </>
  );
}

interface LinkDialogProps {
  ticket: Ticket;
  onClose: () => void;
  onLinked: () => Promise<unknown>;
}

function LinkDialog({ ticket, onClose, onLinked }: LinkDialogProps) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<LinkKind>('related');
  const [text, setText] = useState('');
  const [query] = useDebouncedValue(text.trim(), 200);
  const found = useQuery({
    queryKey: keys.other('tickets', 'pick', { q: query, organization_id: ticket.organization_id }),
    queryFn: async ({ signal }) =>
      (await api('GET /tickets', { query: { q: query, organization_id: ticket.organization_id, limit: 8 }, signal }))
        .items,
    enabled: query.length >= 2,
    placeholderData: keepPreviousData,
  });
  const link = useMutation({
    mutationFn: (other: TicketSummary) =>
      api('POST /tickets/{id}/links', { path: { id: ticket.id }, body: { kind, ticket_id: other.id } }),
    onSuccess: async () => {
      await onLinked();
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('ticket.link.add')} size={560}>
      <Stack gap="md">
        <Select
          label={t('ticket.link.kind_label')}
          data={KINDS.map((value) => ({ value, label: t(`ticket.link.kind.${value}`) }))}
          value={kind}
          allowDeselect={false}
          onChange={(value) => value && setKind(value as LinkKind)}
        />
        <TextInput
          data-autofocus
          label={t('ticket.link.which')}
          placeholder={t('tickets.search_placeholder')}
          value={text}
          error={link.error ? errorText(link.error, t) : undefined}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <ul className={facts.links}>
          {(query.length >= 2 ? (found.data ?? []) : [])
            .filter(({ id }) => id !== ticket.id)
            .map((other) => (
              <li key={other.id} className={facts.link}>
                <span className="mono">{other.reference}</span>
                <span className="truncate">{inReadersWords(other.title)}</span>
                <Button size="xs" variant="default" loading={link.isPending} onClick={() => link.mutate(other)}>
                  {t('common.action.add')}
                </Button>
              </li>
            ))}
        </ul>
      </Stack>
    </Modal>
  );
}
