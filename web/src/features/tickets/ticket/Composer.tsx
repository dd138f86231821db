import { Button, SegmentedControl, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Ref, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Ticket } from '@/api/model';
import { useCan } from '@/api/permissions';
import { assignableQuery } from '@/api/queries';
import { writeMentions } from '@/lib/mentions';
import { errorText } from '@/ui/error-text';
import { KeyHint } from '@/ui/KeyHint';
import { Markdown } from '@/ui/Markdown';
import { MentionTextarea } from './MentionTextarea';
import classes from './Timeline.module.css';
import { useDraft } from './use-draft';

export function Composer({ ticket, fieldRef }: { ticket: Ticket; fieldRef: Ref<HTMLTextAreaElement> }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [text, setText] = useDraft(`comment.${ticket.id}`);
  const [isPreview, setIsPreview] = useState(false);
  const canWrite = useCan('tickets:write', ticket.organization_id);
  const people = useQuery(assignableQuery(ticket.organization_id)).data ?? [];
  const body = writeMentions(text.trim(), people);
  const send = useMutation({
    mutationFn: () => api('POST /tickets/{id}/comments', { path: { id: ticket.id }, body: { body_markdown: body } }),
    onSuccess: async () => {
      // Only now is the text safe elsewhere.
      setText('');
      setIsPreview(false);
      await queryClient.invalidateQueries({ queryKey: keys.part('tickets', ticket.id, 'activity') });
    },
  });
  const submit = () => {
    if (body && canWrite && !send.isPending) send.mutate();
  };
  if (!canWrite) return <Text c="dimmed">{t('common.no_permission', { permission: 'tickets:write' })}</Text>;
  return (
    <div className={classes.composer}>
      {isPreview ? (
        <div className={classes.preview}>
          <Markdown text={body || '…'} />
        </div>
      ) : (
        <MentionTextarea
          ref={fieldRef}
          label={t('ticket.comment.label')}
          placeholder={t('ticket.comment.placeholder')}
          organizationId={ticket.organization_id}
          value={text}
          onChange={setText}
          onSubmit={submit}
        />
      )}
      <div className={classes.composerFoot}>
        <SegmentedControl
          size="xs"
          aria-label={t('ticket.comment.mode')}
          value={isPreview ? 'preview' : 'write'}
          data={[
            { value: 'write', label: t('ticket.comment.write') },
            { value: 'preview', label: t('ticket.comment.preview') },
          ]}
          onChange={(mode) => setIsPreview(mode === 'preview')}
        />
        <span className={classes.hint} role="status">
          {send.error ? (
            <span className={classes.failed}>{t('ticket.comment.failed', { why: errorText(send.error, t) })}</span>
          ) : text ? (
            t('ticket.comment.draft_kept')
          ) : (
            t('ticket.markdown_hint')
          )}
        </span>
        <Button
          size="xs"
          loading={send.isPending}
          disabled={!body}
          onClick={submit}
          rightSection={<KeyHint keys="Ctrl ↵" />}
        >
          {t('ticket.comment.send')}
        </Button>
      </div>
    </div>
  );
}
