import { useTranslation } from 'react-i18next';
import type { DecisionReason } from '@/api/model';
import { roleName } from '@/i18n/role-texts';

/** Why a decision is as it is, in words. */
export function Reasons({ reasons }: { reasons: readonly DecisionReason[] }) {
  const { t } = useTranslation();
  const text = ({ kind, role, restriction }: DecisionReason) =>
    t(`authorization.reason.${kind}`, { role: role ? roleName(role, t) : '', restriction: restriction ?? '' });
  return <>{reasons.map(text).join(' · ')}</>;
}
