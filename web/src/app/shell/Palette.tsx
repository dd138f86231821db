import '@mantine/spotlight/styles.layer.css';
import { useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import { IconMoon, IconPlugConnected, IconPlus, IconSearch, IconServer2, IconUser } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { useCan, useMe } from '@/api/permissions';
import { inReadersWords } from '@/i18n/own-words';
import { SeverityGlyph } from '@/ui/SeverityBadge';
import { visibleSections } from './navigation';

const [paletteStore, palette] = createSpotlight();
const FOUND = 6;

interface Entry {
  id: string;
  label: string;
  description?: string;
  icon: ReactNode;
  run: () => void;
}

function useFound(text: string, noun: 'tickets' | 'assets', isAllowed: boolean) {
  const operation = noun === 'tickets' ? 'GET /tickets' : 'GET /assets';
  return useQuery({
    queryKey: keys.other(noun, 'palette', { q: text }),
    queryFn: async ({ signal }) => (await api(operation, { query: { q: text, limit: FOUND }, signal })).items,
    enabled: isAllowed && text.length >= 2,
    placeholderData: keepPreviousData,
    retry: false,
  });
}

/** Ctrl K: pages, actions, and what the words typed find among tickets and assets. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [query, setQuery] = useState('');
  const [text] = useDebouncedValue(query.trim(), 180);
  useEffect(() => palette.open(), []);
  const groups = useGroups(query.trim(), text);
  return (
    <Spotlight.Root
      store={paletteStore}
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={onClose}
      shortcut={null}
      clearQueryOnClose={false}
      size={620}
      scrollable
      maxHeight={440}
      transitionProps={{ duration: 60 }}
    >
      <Spotlight.Search
        placeholder={t('shell.search.placeholder')}
        leftSection={<IconSearch size={17} stroke={1.5} />}
      />
      <Spotlight.ActionsList>
        {groups.every((group) => group.entries.length === 0) && (
          <Spotlight.Empty>{t('shell.search.empty')}</Spotlight.Empty>
        )}
        {groups
          .filter((group) => group.entries.length > 0)
          .map((group) => (
            <Spotlight.ActionsGroup key={group.label} label={group.label}>
              {group.entries.map((entry) => (
                <Spotlight.Action
                  key={entry.id}
                  label={entry.label}
                  description={entry.description}
                  leftSection={entry.icon}
                  onClick={entry.run}
                />
              ))}
            </Spotlight.ActionsGroup>
          ))}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

function useGroups(query: string, text: string): { label: string; entries: Entry[] }[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const me = useMe();
  const tickets = useFound(text, 'tickets', useCan('tickets:read'));
  const assets = useFound(text, 'assets', useCan('assets:read'));
  const actions = useActions(query);
  const matches = (label: string) => label.toLocaleLowerCase().includes(query.toLocaleLowerCase());
  const pages = visibleSections(me)
    .flatMap((section) => section.items)
    .map((item) => ({ item, label: t(`shell.nav.${item.name}`) }))
    .filter(({ label }) => matches(label));
  const sourceViews = useSourceViews();
  const found = text.length >= 2;
  return [
    {
      label: t('shell.search.tickets'),
      entries: (found ? (tickets.data ?? []) : []).map((ticket) => ({
        id: ticket.id,
        label: 'title' in ticket ? inReadersWords(ticket.title) : '',
        description: 'reference' in ticket ? ticket.reference : undefined,
        icon: <SeverityGlyph level={'severity' in ticket ? ticket.severity : 'low'} />,
        run: () => void navigate({ to: '/tickets/$id', params: { id: ticket.id } }),
      })),
    },
    {
      label: t('shell.search.assets'),
      entries: (found ? (assets.data ?? []) : []).map((asset) => ({
        id: asset.id,
        label: 'name' in asset ? asset.name : '',
        description: 'addresses' in asset ? asset.addresses.join(', ') : undefined,
        icon: <IconServer2 size={17} stroke={1.5} />,
        run: () => void navigate({ to: '/assets/$id', params: { id: asset.id } }),
      })),
    },
    {
      label: t('shell.search.pages'),
      entries: [
        ...pages.map(({ item, label }) => ({
          id: item.to,
          label,
          icon: <item.icon size={17} stroke={1.5} />,
          run: () => void navigate({ to: item.to }),
        })),
        ...sourceViews.filter(({ label }) => matches(label)),
      ],
    },
    { label: t('shell.search.actions'), entries: actions },
  ];
}

/** What stands behind tabs of the sources has words of its own. */
function useSourceViews(): Entry[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  if (!useCan('sources:read')) return [];
  return (['listeners', 'senders'] as const).map((view) => ({
    id: view,
    label: t(`sources.${view}.title`),
    description: t('sources.title'),
    icon: <IconPlugConnected size={17} stroke={1.5} />,
    run: () => void navigate({ to: '/sources', search: { view } }),
  }));
}

function useActions(query: string): Entry[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const canCreate = useCan('tickets:create');
  const { setColorScheme } = useMantineColorScheme();
  const entries: Entry[] = [
    {
      id: 'profile',
      label: t('shell.nav.profile'),
      icon: <IconUser size={17} stroke={1.5} />,
      run: () => void navigate({ to: '/profile' }),
    },
    ...(['light', 'dark', 'auto'] as const).map((scheme) => ({
      id: scheme,
      label: `${t('shell.scheme.title')}: ${t(`shell.scheme.${scheme}`)}`,
      icon: <IconMoon size={17} stroke={1.5} />,
      run: () => setColorScheme(scheme),
    })),
  ];
  if (canCreate) {
    entries.unshift({
      id: 'new',
      label: t('shell.search.new_ticket'),
      icon: <IconPlus size={17} stroke={1.5} />,
      run: () => void navigate({ to: '/tickets', search: { new: '1' } }),
    });
  }
  const shown = entries.filter(
    (entry) => query !== '' && entry.label.toLocaleLowerCase().includes(query.toLocaleLowerCase()),
  );
  if (query.length >= 2) {
    shown.push({
      id: 'look-up',
      label: t('shell.search.look_up', { text: query }),
      icon: <IconSearch size={17} stroke={1.5} />,
      run: () => void navigate({ to: '/tickets', search: { q: query, sort: '-last_seen_at' } }),
    });
  }
  return query === '' ? entries.slice(0, 2) : shown;
}
