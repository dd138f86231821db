import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { KeptDecision, PolicyPreview } from '@/api/model';
import { EmptyState } from '@/ui/EmptyState';
import { ErrorState } from '@/ui/ErrorState';
import { LinedTextarea } from '@/ui/LinedTextarea';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { PageScroll } from '@/ui/PageHeader';
import { Panel } from '@/ui/Panel';
import { policiesQuery, usePreview } from './api';
import classes from './authorization.module.css';
import { Reasons } from './Reasons';

/** What a changed file would do: nothing of it is kept. */
export function Preview() {
  const { t } = useTranslation();
  const policies = useQuery(policiesQuery);
  const preview = usePreview();
  const [draft, setDraft] = useState<string | null>(null);
  if (policies.error) return <ErrorState error={policies.error} onRetry={() => void policies.refetch()} />;
  if (!policies.data) return <LoadingSkeleton rows={12} />;
  const text = draft ?? policies.data.text;
  const [mistake] = preview.data?.mistakes ?? [];
  return (
    <PageScroll>
      {preview.error && <ErrorState error={preview.error} />}
      {preview.data?.is_valid && <Outcome preview={preview.data} />}
      <Panel
        title={t('authorization.preview')}
        meta={t('authorization.preview_note')}
        actions={
          <Button loading={preview.isPending} onClick={() => preview.mutate({ text })}>
            {t('authorization.try')}
          </Button>
        }
      >
        <LinedTextarea
          label={t('authorization.file')}
          value={text}
          onChange={setDraft}
          error={mistake && { line: mistake.line, text: `${mistake.problem}; ${mistake.suggestion}` }}
        />
      </Panel>
    </PageScroll>
  );
}

function Outcome({ preview }: { preview: PolicyPreview }) {
  const { t } = useTranslation();
  const { difference, replay } = preview;
  const changes = [
    ...difference.roles_added.map((role) => `+ ${role}`),
    ...difference.roles_removed.map((role) => `- ${role}`),
    ...difference.gained.map((grant) => `+ ${grant.role}: ${grant.permission}`),
    ...difference.lost.map((grant) => `- ${grant.role}: ${grant.permission}`),
    ...difference.restrictions_added.map((bound) => `+ ${bound.role}: ${bound.restriction}`),
    ...difference.restrictions_removed.map((bound) => `- ${bound.role}: ${bound.restriction}`),
  ];
  return (
    <>
      <Panel title={t('authorization.difference')}>
        {changes.length === 0 && <EmptyState title={t('authorization.no_difference')} />}
        <ul className={classes.answers} aria-label={t('authorization.difference')}>
          {changes.map((change) => (
            <li key={change} data-allowed={change.startsWith('+')}>
              <code className="mono">{change}</code>
            </li>
          ))}
        </ul>
      </Panel>
      <Panel title={t('authorization.replay')} meta={t('authorization.replayed', { count: replay.decisions })}>
        <Changed title={t('authorization.lost', { count: replay.lost_count })} decisions={replay.lost} />
        <Changed title={t('authorization.gained', { count: replay.gained_count })} decisions={replay.gained} />
      </Panel>
    </>
  );
}

function Changed({ title, decisions }: { title: string; decisions: readonly KeptDecision[] }) {
  const { t } = useTranslation();
  return (
    <>
      <h3 className={classes.subtitle}>{title}</h3>
      <ul className={classes.answers} aria-label={title}>
        {decisions.map((kept) => (
          <li key={`${kept.user_id} ${kept.permission} ${kept.organization_id} ${kept.day} ${kept.is_allowed}`}>
            {kept.count} × {kept.email} <code className="mono">{kept.permission}</code>{' '}
            {kept.organization_name ?? t('users.everywhere')}: <Reasons reasons={kept.reasons} />
          </li>
        ))}
      </ul>
    </>
  );
}
