import { Button, Tabs } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Source } from '@/api/model';
import { useCan } from '@/api/permissions';
import { formatNumber } from '@/lib/numbers';
import { PageFrame, PageHeader } from '@/ui/PageHeader';
import tabs from '@/ui/tabs.module.css';
import { listenersQuery, unknownSendersQuery, useLiveSources } from './api';
import { CollectorBanner } from './CollectorBanner';
import { IntakeBanner } from './IntakeBanner';
import { Listeners } from './Listeners';
import { PointDialog } from './PointDialog';
import { NewSourceForm } from './SourceForm';
import { SourceList } from './SourceList';
import { parseSourcesSearch } from './search';
import classes from './sources.module.css';
import { TokenDialog } from './TokenDialog';
import { UnknownSenders } from './UnknownSenders';

const route = getRouteApi('/shell/sources');

export function SourcesPage() {
  const { t } = useTranslation();
  const { view } = route.useSearch();
  const navigate = useNavigate({ from: '/sources' });
  const [openId, setOpenId] = useState<string | null>(null);
  const [creating, setCreating] = useState<{ network?: string } | null>(null);
  const [fresh, setFresh] = useState<{ source: Source; token: string } | null>(null);
  const create = <NewSourceButton onPress={() => setCreating({})} />;
  const adopt = useCallback((network: string) => setCreating({ network }), []);
  const showToken = (source: Source, token: string) => setFresh({ source, token });
  useLiveSources();
  return (
    <PageFrame>
      <PageHeader title={t('sources.title')} actions={create} />
      <IntakeBanner />
      <CollectorBanner
        onLook={view === 'listeners' ? undefined : () => void navigate({ search: { view: 'listeners' } })}
      />
      <Tabs
        className={tabs.page}
        value={view ?? 'sources'}
        onChange={(next) => void navigate({ search: parseSourcesSearch({ view: next }) })}
      >
        <ViewTabs />
        <Tabs.Panel value="sources">
          <SourceList openId={openId} onOpen={setOpenId} onToken={showToken} create={create} />
        </Tabs.Panel>
        <Tabs.Panel value="listeners">
          <Listeners />
        </Tabs.Panel>
        <Tabs.Panel value="senders">
          <UnknownSenders onAdopt={adopt} />
        </Tabs.Panel>
      </Tabs>
      {creating && (
        <NewSourceForm
          network={creating.network}
          onCreated={(source, token) => {
            setCreating(null);
            setOpenId(source.id);
            void navigate({ search: {} });
            showToken(source, token);
          }}
          onClose={() => setCreating(null)}
        />
      )}
      {fresh?.source.kind === 'syslog' && <PointDialog source={fresh.source} onClose={() => setFresh(null)} />}
      {fresh && fresh.source.kind !== 'syslog' && (
        <TokenDialog source={fresh.source} token={fresh.token} onClose={() => setFresh(null)} />
      )}
    </PageFrame>
  );
}

/** Beside the sources: where syslog comes in, and who sends it unknown. Each says on its tab what waits there. */
function ViewTabs() {
  const { t, i18n } = useTranslation();
  const isPhone = useMediaQuery('(max-width: 47.99em)');
  const listeners = useQuery(listenersQuery).data?.nodes.flatMap((node) => node.listeners) ?? [];
  const failed = listeners.filter(({ address }) => !address).length;
  const unknown = useQuery(unknownSendersQuery).data?.items.length ?? 0;
  return (
    <Tabs.List>
      <Tabs.Tab value="sources">{t('sources.title')}</Tabs.Tab>
      <Tabs.Tab value="listeners">
        {t(isPhone ? 'sources.listeners.short' : 'sources.listeners.title')}
        {failed > 0 && (
          <span className={classes.tabCount} data-bad>
            {' '}
            {t('sources.listeners.failing', { count: failed })}
          </span>
        )}
      </Tabs.Tab>
      <Tabs.Tab value="senders">
        {t(isPhone ? 'sources.senders.short' : 'sources.senders.title')}
        {unknown > 0 && <span className={classes.tabCount}> {formatNumber(unknown, i18n.language)}</span>}
      </Tabs.Tab>
    </Tabs.List>
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
