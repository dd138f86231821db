import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Source } from '@/api/model';
import { sourcesQuery } from '@/api/sources';
import { EmptyState } from '@/ui/EmptyState';
import { ListTable } from '@/ui/ListTable';
import { SplitView } from '@/ui/SidePanel';
import { makeColumns, SourceCard } from './columns';
import { SourcePanel } from './SourcePanel';

const rowId = (source: Source) => source.id;
const renderCard = (source: Source) => <SourceCard source={source} />;

interface SourceListProps {
  openId: string | null;
  onOpen: (id: string | null) => void;
  onToken: (source: Source, token: string) => void;
  /** The button that makes the first one. */
  create: ReactNode;
}

export function SourceList({ openId, onOpen, onToken, create }: SourceListProps) {
  const { t, i18n } = useTranslation();
  const sources = useQuery(sourcesQuery);
  const open = sources.data?.find(({ id }) => id === openId);
  const isNarrow = open !== undefined;
  const columns = useMemo(() => makeColumns(t, i18n.language, isNarrow), [t, i18n.language, isNarrow]);
  return (
    <SplitView
      panel={open && <SourcePanel key={open.id} source={open} onToken={onToken} onClose={() => onOpen(null)} />}
    >
      <ListTable
        label={t('sources.title')}
        columns={columns}
        rows={sources.data ?? []}
        getRowId={rowId}
        isLoading={sources.isPending}
        error={sources.error}
        onRetry={() => void sources.refetch()}
        empty={<EmptyState title={t('sources.empty.title')} text={t('sources.empty.text')} action={create} />}
        openId={openId}
        onOpen={(source) => onOpen(source.id)}
        card={renderCard}
        cardHeight={96}
        rowHeight={48}
        minWidth={isNarrow ? 640 : 1200}
      />
    </SplitView>
  );
}
