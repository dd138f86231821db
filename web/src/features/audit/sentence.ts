import type { TFunction } from 'i18next';
import type { AuditRecord } from '@/api/model';

/** Deeds that have a sentence of their own; any other is told by its code. */
export const ACTIONS = [
  'alert.acknowledged',
  'alert.promoted',
  'alert.received',
  'alert.repeated',
  'alert_policy.created',
  'alert_policy.deleted',
  'alert_policy.updated',
  'asset.created',
  'asset.deleted',
  'asset.exported',
  'audit_log.contradicted',
  'audit_log.exported',
  'asset.imported',
  'asset.related',
  'asset.unrelated',
  'asset.updated',
  'attachment.created',
  'attachment.deleted',
  'comment.created',
  'comment.updated',
  'delivery.discarded',
  'delivery.quarantined',
  'delivery.replayed',
  'organization.created',
  'organization.updated',
  'policies.refused',
  'policies.reloaded',
  'rule.created',
  'rule.deleted',
  'rule.suppressed',
  'rule.suppression_ended',
  'rule.updated',
  'secret.activated',
  'secret.changed',
  'secret.prepared',
  'secret.retired',
  'secret.sealed_anew',
  'service.refused',
  'service_token.issued',
  'service_token.revoked',
  'session.challenged',
  'session.ended',
  'session.opened',
  'session.proven',
  'session.refresh_token_reused',
  'session.refreshed',
  'session.refused',
  'signing_key.activated',
  'signing_key.prepared',
  'signing_key.revoked',
  'signing_key.tainted',
  'source.created',
  'source.deleted',
  'source.token_rotated',
  'source.updated',
  'ticket.claimed',
  'ticket.closed',
  'ticket.created',
  'ticket.linked',
  'ticket.merged',
  'ticket.opened',
  'ticket.reopened',
  'ticket.resolved',
  'ticket.split',
  'ticket.unlinked',
  'ticket.unwatched',
  'ticket.updated',
  'ticket.watched',
  'ticket_status.created',
  'ticket_status.deleted',
  'ticket_status.updated',
  'tickets.exported',
  'user.created',
  'user.passkey_added',
  'user.passkey_begun',
  'user.passkey_removed',
  'user.passkey_renamed',
  'user.provider_linked',
  'user.provider_unlinked',
  'user.recovery_codes_renewed',
  'user.second_factor_begun',
  'user.second_factor_enrolled',
  'user.second_factor_removed',
  'user.second_factor_reset',
  'user.session_ended',
  'user.password_changed',
  'user.password_reset',
  'user.preferences_changed',
  'user.updated',
  'view.created',
  'view.deleted',
  'view.updated',
] as const;

type Action = (typeof ACTIONS)[number];

const isKnown = (action: string): action is Action => (ACTIONS as readonly string[]).includes(action);

/** `ticket.closed` is `ticket_closed` among the texts, which keep the dot for themselves. */
function keyOf(action: Action) {
  return action.replace('.', '_') as 'ticket_closed';
}

/** "closed TCK-2026-000123", without who did it. */
export function deedText(record: AuditRecord, t: TFunction): string {
  const object = record.object.reference ?? '';
  if (record.action === 'session.refused') return refusalText(record, t);
  if (record.action === 'alert.received' && !object) return t('audit.deed_variant.alert_without_ticket');
  if (!isKnown(record.action)) return t('audit.unknown_deed', { action: record.action, object }).trim();
  return t(`audit.deed.${keyOf(record.action)}`, { object }).trim();
}

/** Who sat at an open session did not get further; of who was still outside, the program says whom it refused. */
function refusalText({ actor, detail, object }: AuditRecord, t: TFunction): string {
  const account = { object: object.reference ?? '' };
  const { purpose, provider } = (detail ?? {}) as { purpose?: string; provider?: string };
  const known = PURPOSES.find((one) => one === purpose);
  if (known) return t(`audit.deed_variant.${known}_refused`);
  if (actor.kind !== 'user')
    return account.object ? t('audit.deed.session_refused', account) : t('audit.deed_variant.unknown_account');
  return provider ? t('audit.deed_variant.link_refused') : t('audit.deed_variant.person_refused', account);
}

/** What a refusal was about, where that was not signing in. */
const PURPOSES = ['password_change', 'proof', 'second_factor_enrolment'] as const;

export function actionName(action: string, t: TFunction): string {
  return isKnown(action) ? t(`audit.deed.${keyOf(action)}`, { object: '…' }) : action;
}
