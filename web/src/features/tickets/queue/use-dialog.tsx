import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TicketSummary } from '@/api/model';
import { AssignDialog } from '../parts/AssignDialog';
import { MergeDialog } from '../parts/MergeDialog';
import { VerdictDialog } from '../parts/VerdictDialog';
import { useTicketActions } from '../use-ticket-actions';

type DialogKind = 'verdict' | 'assign' | 'merge';

/** The dialogs of the queue: on one ticket or on many, by what was passed when they were opened. */
export function useDialog(onDone: () => void) {
  const { t } = useTranslation();
  const actions = useTicketActions();
  const [open, setOpen] = useState<{ kind: DialogKind; tickets: TicketSummary[] } | null>(null);
  const close = () => setOpen(null);
  const first = open?.tickets[0];
  const ids = open?.tickets.map(({ id }) => id) ?? [];
  const isOne = open?.tickets.length === 1;
  const subject = isOne ? (first?.reference ?? '') : t('tickets.bulk.selected', { count: ids.length });

  const dialog =
    !open || !first ? null : open.kind === 'verdict' ? (
      <VerdictDialog
        subject={subject}
        canResolve={isOne}
        onClose={close}
        onSubmit={async (input, as) => {
          if (isOne) return actions.close(first, input, as);
          if (await actions.bulk(ids, { close: input })) onDone();
        }}
      />
    ) : open.kind === 'assign' ? (
      <AssignDialog
        organizationId={first.organization_id}
        subject={subject}
        onClose={close}
        onPick={(person) => {
          close();
          void actions.bulk(ids, { assignee_id: person?.id ?? null });
        }}
      />
    ) : (
      <MergeDialog
        tickets={open.tickets}
        onClose={close}
        onMerge={async (survivor, members) => {
          const isDone = await actions.merge(survivor, members);
          if (isDone) onDone();
          return isDone;
        }}
      />
    );
  return { dialog, actions, show: (kind: DialogKind, tickets: TicketSummary[]) => setOpen({ kind, tickets }) };
}
