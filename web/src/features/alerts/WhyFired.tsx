import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AlertDetail } from '@/api/model';
import { useCan } from '@/api/permissions';
import { reasonsQuery } from '@/api/rules';
import { FiringReasons } from '@/ui/FiringReasons';
import { Panel } from '@/ui/Panel';

/** Why a rule made this alert; nothing for alerts that came from elsewhere. */
export function WhyFired({ alert }: { alert: AlertDetail }) {
  const { t } = useTranslation();
  const why = useQuery(reasonsQuery(alert.id)).data;
  const canRead = useCan('rules:read');
  if (!why) return null;
  const name = why.rule_title ?? t('rules.why.gone');
  const link = canRead && why.rule_title && (
    <Link to="/rules/$id" params={{ id: why.rule_id }}>
      {name}
    </Link>
  );
  return (
    <Panel title={t('rules.why.title')}>
      <FiringReasons rule={link || name} matched={why.matched} correlation={why.correlation} />
    </Panel>
  );
}
