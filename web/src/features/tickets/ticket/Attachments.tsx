import { ActionIcon, Anchor, FileButton, Text } from '@mantine/core';
import { IconPaperclip, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, apiUrl } from '@/api/client';
import { keys } from '@/api/keys';
import type { Attachment, Ticket } from '@/api/model';
import { useCan } from '@/api/permissions';
import { formatBytes } from '@/lib/numbers';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { CopyButton } from '@/ui/CopyButton';
import { errorText } from '@/ui/error-text';
import { attachmentsQuery } from '../api';
import { FactSection } from '../parts/FactSections';
import facts from '../parts/facts.module.css';

export function Attachments({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const canRead = useCan('attachments:read', ticket.organization_id);
  const canWrite = useCan('attachments:write', ticket.organization_id);
  const attachments = useQuery({ ...attachmentsQuery(ticket.id), enabled: canRead });
  const [doomed, setDoomed] = useState<Attachment | null>(null);
  const refresh = () => queryClient.invalidateQueries({ queryKey: keys.one('tickets', ticket.id) });
  const upload = useMutation({
    mutationFn: async (files: File[]) => {
      for (const file of files) {
        const body = new FormData();
        body.set('file', file);
        await api('POST /tickets/{id}/attachments', { path: { id: ticket.id }, body });
      }
    },
    onSettled: refresh,
  });
  const remove = useMutation({
    mutationFn: (id: string) => api('DELETE /attachments/{id}', { path: { id } }),
    onSuccess: async () => {
      setDoomed(null);
      await refresh();
    },
  });
  if (!canRead) return null;
  const addLabel = canWrite
    ? t('ticket.attachment.add')
    : t('common.no_permission', { permission: 'attachments:write' });
  return (
    <FactSection
      title={t('ticket.attachment.title')}
      end={
        <FileButton onChange={(files) => files.length > 0 && upload.mutate(files)} multiple disabled={!canWrite}>
          {(props) => (
            <ActionIcon
              {...props}
              size={24}
              aria-label={addLabel}
              title={addLabel}
              loading={upload.isPending}
              disabled={!canWrite}
            >
              <IconPaperclip size={15} stroke={1.6} aria-hidden />
            </ActionIcon>
          )}
        </FileButton>
      }
    >
      {upload.error ? (
        <Text c="var(--cc-bad)" role="alert">
          {errorText(upload.error, t)}
        </Text>
      ) : null}
      {attachments.data?.length === 0 && <p className={facts.dim}>{t('ticket.attachment.empty')}</p>}
      <ul className={facts.links}>
        {attachments.data?.map((attachment) => (
          <AttachmentLine
            key={attachment.id}
            attachment={attachment}
            onRemove={canWrite ? () => setDoomed(attachment) : undefined}
          />
        ))}
      </ul>
      <ConfirmDialog
        isOpen={doomed !== null}
        title={t('ticket.attachment.delete', { name: doomed?.name ?? '' })}
        confirmLabel={t('common.action.delete')}
        isDangerous
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => doomed && remove.mutate(doomed.id)}
        onClose={() => setDoomed(null)}
      />
    </FactSection>
  );
}

function AttachmentLine({ attachment, onRemove }: { attachment: Attachment; onRemove?: () => void }) {
  const { t, i18n } = useTranslation();
  return (
    <li className={facts.link}>
      <Anchor href={apiUrl(`/attachments/${attachment.id}`)} download className="truncate" title={attachment.name}>
        {attachment.name}
      </Anchor>
      <span className={facts.dim}>{formatBytes(attachment.size_bytes, i18n.language)}</span>
      <span style={{ display: 'inline-flex' }}>
        <CopyButton value={attachment.sha256} label={t('ticket.attachment.copy_hash')} />
        {onRemove && (
          <ActionIcon
            size={24}
            aria-label={t('ticket.attachment.delete', { name: attachment.name })}
            onClick={onRemove}
          >
            <IconTrash size={14} aria-hidden />
          </ActionIcon>
        )}
      </span>
    </li>
  );
}
