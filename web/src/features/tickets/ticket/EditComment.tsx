import { Button, Group, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, isApiError } from '@/api/client';
import { keys } from '@/api/keys';
import type { Ticket, TicketComment } from '@/api/model';
import { assignableQuery } from '@/api/queries';
import { readMentions, writeMentions } from '@/lib/mentions';
import { errorText } from '@/ui/error-text';
import { ConflictPanel } from './ConflictPanel';
import { MentionTextarea } from './MentionTextarea';
import { useDraft } from './use-draft';

interface EditCommentProps {
  ticket: Ticket;
  comment: TicketComment;
  onDone: () => void;
}

export function EditComment({ ticket, comment, onDone }: EditCommentProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  // What is edited is the version the person saw, also when the live stream brings a newer one meanwhile.
  const [base] = useState(comment);
  const initial = readMentions(base.body_markdown);
  const [text, setText] = useDraft(`edit.${comment.id}`, initial);
  const [theirs, setTheirs] = useState<TicketComment | null>(null);
  const people = useQuery(assignableQuery(ticket.organization_id)).data ?? [];
  const refresh = () => queryClient.invalidateQueries({ queryKey: keys.part('tickets', ticket.id, 'activity') });
  const finish = () => {
    setText(initial);
    onDone();
    void refresh();
  };
  const save = useMutation({
    mutationFn: (version: number) =>
      api('PATCH /tickets/{id}/comments/{comment_id}', {
        path: { id: ticket.id, comment_id: comment.id },
        body: { body_markdown: writeMentions(text.trim(), people) },
        version,
      }),
    onSuccess: finish,
    onError: async (error) => {
      if (!isApiError(error, 'version_conflict')) return;
      const page = await api('GET /tickets/{id}/activity', { path: { id: ticket.id }, query: { limit: 200 } });
      setTheirs(page.items.find((item) => item.comment?.id === comment.id)?.comment ?? comment);
    },
  });
  if (theirs) {
    return (
      <ConflictPanel
        fields={[{ name: t('ticket.comment.label'), theirs: readMentions(theirs.body_markdown), mine: text }]}
        isPending={save.isPending}
        onTakeTheirs={finish}
        onKeepMine={() => save.mutate(theirs.version)}
      />
    );
  }
  return (
    <div>
      <MentionTextarea
        label={t('ticket.comment.edit')}
        organizationId={ticket.organization_id}
        value={text}
        onChange={setText}
        onSubmit={() => save.mutate(base.version)}
        onCancel={onDone}
      />
      {save.error ? (
        <Text c="var(--cc-bad)" role="alert">
          {errorText(save.error, t)}
        </Text>
      ) : null}
      <Group justify="flex-end" gap="sm" mt="sm">
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            setText(initial);
            onDone();
          }}
        >
          {t('common.action.cancel')}
        </Button>
        <Button size="xs" loading={save.isPending} disabled={!text.trim()} onClick={() => save.mutate(base.version)}>
          {t('common.action.save')}
        </Button>
      </Group>
    </div>
  );
}
