import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Dashboard, DashboardTiles } from '@/api/model';
import { formatNumber } from '@/lib/numbers';
import { duration } from '@/lib/time';
import { type Change, compare, type Meaning } from './change';
import classes from './Tiles.module.css';

type TileName = keyof DashboardTiles;

interface TileDefinition {
  name: TileName;
  meaning: Meaning;
  isDuration?: boolean;
  to: '/tickets' | '/alerts';
  search: Record<string, string>;
}

const OPEN_STAGES = 'new,in_progress,pending';

const TILES: readonly TileDefinition[] = [
  { name: 'open', meaning: 'more_is_worse', to: '/tickets', search: { stage: OPEN_STAGES } },
  { name: 'new', meaning: 'more_is_worse', to: '/tickets', search: { stage: 'new' } },
  { name: 'unassigned', meaning: 'more_is_worse', to: '/tickets', search: { stage: OPEN_STAGES, assignee: 'none' } },
  {
    name: 'mtta_seconds',
    meaning: 'more_is_worse',
    isDuration: true,
    to: '/tickets',
    search: { stage: 'new', sort: 'created_at' },
  },
  {
    name: 'mttr_seconds',
    meaning: 'more_is_worse',
    isDuration: true,
    to: '/tickets',
    search: { stage: 'resolved,closed', sort: '-last_seen_at' },
  },
  { name: 'alerts_per_hour', meaning: 'neutral', to: '/alerts', search: {} },
];

interface TilesProps {
  tiles: Dashboard['tiles'];
  organizationId: string | undefined;
}

/** The six figures of the SOC; each leads to what it counts. */
export function Tiles({ tiles, organizationId }: TilesProps) {
  return (
    <ul className={classes.tiles}>
      {TILES.map((tile) => (
        <li key={tile.name}>
          <Tile
            definition={tile}
            value={tiles[tile.name] ?? null}
            previous={tiles.previous[tile.name] ?? null}
            organizationId={organizationId}
          />
        </li>
      ))}
    </ul>
  );
}

interface TileProps {
  definition: TileDefinition;
  value: number | null;
  previous: number | null;
  organizationId: string | undefined;
}

function Tile({ definition, value, previous, organizationId }: TileProps) {
  const { t, i18n } = useTranslation();
  const { name, meaning, isDuration } = definition;
  const format = (figure: number | null) => formatFigure(figure, isDuration ?? false, i18n.language);
  return (
    <Link
      to={definition.to}
      search={{ ...definition.search, organization_id: organizationId } as never}
      className={classes.tile}
      title={t(`dashboard.tile_hint.${name}`)}
    >
      <span className={classes.label}>{t(`dashboard.tile.${name}`)}</span>
      <span className={classes.value}>{format(value)}</span>
      <ChangeLine change={compare(value, previous, meaning)} isDuration={isDuration ?? false} previous={previous} />
    </Link>
  );
}

function formatFigure(figure: number | null, isDuration: boolean, locale: string): string {
  if (figure === null) return '—';
  return isDuration ? duration(figure) : formatNumber(Math.round(figure * 10) / 10, locale);
}

interface ChangeLineProps {
  change: Change | null;
  isDuration: boolean;
  previous: number | null;
}

/** Better or worse is said by the arrow's shape, by colour and in words. */
function ChangeLine({ change, isDuration, previous }: ChangeLineProps) {
  const { t, i18n } = useTranslation();
  if (!change) return <span className={classes.change}>{t('dashboard.change.unknown')}</span>;
  const before = t('dashboard.change.before', { value: formatFigure(previous, isDuration, i18n.language) });
  if (change.direction === 'same') {
    return (
      <span className={classes.change} title={before}>
        <ChangeGlyph change={change} />
        {t('dashboard.change.same')}
      </span>
    );
  }
  const size = formatFigure(Math.abs(change.difference), isDuration, i18n.language);
  const amount = t(change.direction === 'up' ? 'dashboard.change.up' : 'dashboard.change.down', { size });
  const share = change.percent === null ? '' : ` (${formatNumber(Math.abs(change.percent), i18n.language)} %)`;
  return (
    <span className={classes.change} data-judgement={change.judgement} title={before}>
      <ChangeGlyph change={change} />
      <span className="truncate">
        {amount}
        <span className={classes.share}>{share}</span>
        {change.judgement !== 'neutral' && <b> {t(`dashboard.change.${change.judgement}`)}</b>}
      </span>
    </span>
  );
}

const GLYPHS: Record<Change['direction'], string> = {
  up: 'M5 1.5L9.3 8.5H.7z',
  down: 'M5 8.5L.7 1.5h8.6z',
  same: 'M1 4.2h8v1.6H1z',
};

function ChangeGlyph({ change }: { change: Change }) {
  const isHollow = change.judgement === 'better';
  return (
    <svg className={classes.glyph} width="10" height="10" viewBox="0 0 10 10" aria-hidden>
      <path
        d={GLYPHS[change.direction]}
        fill={isHollow ? 'none' : 'currentColor'}
        stroke="currentColor"
        strokeWidth="1.2"
        strokeLinejoin="round"
      />
    </svg>
  );
}
