import type { Operation } from '@/api/operations';

/** What the dialog calls the acts that ask for a proof; of any other it speaks in general. */
export const PROOF_ACTS = {
  'POST /session/password': 'change_password',
  'POST /session/second-factor/totp': 'add_app',
  'POST /session/second-factor/recovery-codes': 'renew_codes',
  'POST /session/second-factor/passkeys/options': 'add_passkey',
  'DELETE /session/second-factor/passkeys/{id}': 'remove_passkey',
  'DELETE /session/second-factor/totp': 'remove_app',
  'DELETE /session/second-factor': 'remove_factor',
  'POST /session/links/{id}': 'link_provider',
  'DELETE /session/links/{id}': 'unlink_provider',
  'POST /users': 'create_user',
  'PATCH /users/{id}': 'change_user',
  'POST /users/{id}/reset-password': 'reset_password',
  'DELETE /users/{id}/second-factor': 'reset_factor',
  'DELETE /users/{id}/sessions/{session_id}': 'end_session',
  'POST /sources/{id}/rotate-token': 'renew_token',
  'DELETE /sources/{id}': 'delete_source',
  'POST /secrets/{name}/rotate': 'rotate_secret',
} as const satisfies Partial<Record<Operation, string>>;

/** The name of an act among the texts. */
export function proofActName(act: string | null) {
  const isKnown = (name: string): name is keyof typeof PROOF_ACTS => Object.hasOwn(PROOF_ACTS, name);
  return act && isKnown(act) ? PROOF_ACTS[act] : null;
}
