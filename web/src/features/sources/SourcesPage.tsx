import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Source } from '@/api/model';
import { useCan } from '@/api/permissions';
import { sourcesQuery } from '@/api/sources';
import { EmptyState } from '@/ui/EmptyState';
import { ListTable } from '@/ui/ListTable';
import { PageFrame, PageHeader } from '@/ui/PageHeader';
import { SplitView } from '@/ui/SidePanel';
import { useLiveSources } from './api';
import { makeColumns, SourceCard } from './columns';
import { IntakeBanner } from './IntakeBanner';
import { NewSourceForm } from './SourceForm';
import { SourcePanel } from './SourcePanel';
import { TokenDialog } from './TokenDialog';

const rowId = (source: Source) => source.id;
const renderCard = (source: Source) => <SourceCard source={source} />;

export function SourcesPage() {
  const { t, i18n } = useTranslation();
  const sources = useQuery(sourcesQuery);
  useLiveSources();
  const [openId, setOpenId] = useState<string | null>(null);
  const [isCreating, setIsCreating] = useState(false);
  const [fresh, setFresh] = useState<{ source: Source; token: string } | null>(null);
  const open = sources.data?.find(({ id }) => id === openId);
  const isNarrow = open !== undefined;
  const columns = useMemo(() => makeColumns(t, i18n.language, isNarrow), [t, i18n.language, isNarrow]);
  const showToken = (source: Source, token: string) => setFresh({ source, token });
  return (
    <PageFrame>
      <PageHeader title={t('sources.title')} actions={<NewSourceButton onPress={() => setIsCreating(true)} />} />
      <IntakeBanner />
      <SplitView
        panel={open && <SourcePanel key={open.id} source={open} onToken={showToken} onClose={() => setOpenId(null)} />}
      >
        <ListTable
          label={t('sources.title')}
          columns={columns}
          rows={sources.data ?? []}
          getRowId={rowId}
          isLoading={sources.isPending}
          error={sources.error}
          onRetry={() => void sources.refetch()}
          empty={
            <EmptyState
              title={t('sources.empty.title')}
              text={t('sources.empty.text')}
              action={<NewSourceButton onPress={() => setIsCreating(true)} />}
            />
          }
          openId={openId}
          onOpen={(source) => setOpenId(source.id)}
          card={renderCard}
          cardHeight={96}
          rowHeight={48}
          minWidth={isNarrow ? 640 : 1040}
        />
      </SplitView>
      {isCreating && (
        <NewSourceForm
          onCreated={(source, token) => {
            setIsCreating(false);
            setOpenId(source.id);
            showToken(source, token);
          }}
          onClose={() => setIsCreating(false)}
        />
      )}
      {fresh && <TokenDialog source={fresh.source} token={fresh.token} onClose={() => setFresh(null)} />}
    </PageFrame>
  );
}

function NewSourceButton({ onPress }: { onPress: () => void }) {
  const { t } = useTranslation();
  const canWrite = useCan('sources:write');
  return (
    <Button
      leftSection={<IconPlus size={15} aria-hidden />}
      disabled={!canWrite}
      title={canWrite ? undefined : t('common.no_permission', { permission: 'sources:write' })}
      onClick={onPress}
    >
      {t('sources.new')}
    </Button>
  );
}
