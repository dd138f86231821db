import { useTranslation } from 'react-i18next';
import type { DecisionReason } from '@/api/model';

/** Why a decision is as it is, in words. */
export function Reasons({ reasons }: { reasons: readonly DecisionReason[] }) {
  const { t } = useTranslation();
  const text = ({ kind, role, restriction }: DecisionReason) =>
    t(`authorization.reason.${kind}`, { role: role ?? '', restriction: restriction ?? '' });
  return <>{reasons.map(text).join(' · ')}</>;
}
