import {
  IconAppWindow,
  IconBox,
  IconCloud,
  IconCpu,
  IconDatabase,
  IconDeviceDesktop,
  IconDeviceMobile,
  IconNetwork,
  IconServer,
  IconWall,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { AssetKind, AssetState, Criticality } from '@/api/model';
import { SeverityGlyph } from '@/ui/SeverityBadge';
import classes from './assets.module.css';

export const KINDS = [
  'server',
  'workstation',
  'network',
  'firewall',
  'database',
  'application',
  'cloud',
  'iot',
  'mobile',
  'other',
] as const satisfies readonly AssetKind[];
export const CRITICALITIES = ['critical', 'high', 'medium', 'low'] as const satisfies readonly Criticality[];
export const STATES = ['planned', 'active', 'retired'] as const satisfies readonly AssetState[];

const ICONS = {
  server: IconServer,
  workstation: IconDeviceDesktop,
  network: IconNetwork,
  firewall: IconWall,
  database: IconDatabase,
  application: IconAppWindow,
  cloud: IconCloud,
  iot: IconCpu,
  mobile: IconDeviceMobile,
  other: IconBox,
} as const;

export function KindIcon({ kind, size = 16 }: { kind: AssetKind; size?: number }) {
  const Icon = ICONS[kind];
  return <Icon size={size} stroke={1.5} aria-hidden style={{ flex: 'none' }} />;
}

export function KindLabel({ kind }: { kind: AssetKind }) {
  const { t } = useTranslation();
  return (
    <span className={classes.inline}>
      <KindIcon kind={kind} />
      {t(`assets.kind.${kind}`)}
    </span>
  );
}

export function CriticalityLabel({ criticality }: { criticality: Criticality }) {
  const { t } = useTranslation();
  return (
    <span className={classes.inline}>
      <SeverityGlyph level={criticality} size={14} />
      {t(`common.criticality.${criticality}`)}
    </span>
  );
}
