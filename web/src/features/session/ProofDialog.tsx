import { Modal, Text } from '@mantine/core';
import { useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { type ProofKind, settleProof, subscribeToProof, wantedAct } from '@/api/proof-gate';
import { canUsePasskeys } from '@/lib/webauthn';
import { ProveByPasskey } from './ProveByPasskey';
import { ProveByText } from './ProveByText';
import { proofActName } from './proof-acts';

/** Over the page and whatever dialog is open there: it says what it is for, and what was asked for goes on after it. */
export default function ProofDialog({ kinds }: { kinds: readonly ProofKind[] }) {
  const { t } = useTranslation();
  const act = proofActName(useSyncExternalStore(subscribeToProof, wantedAct));
  const [first = 'password', second = first] = kinds.filter((kind) => kind !== 'passkey' || canUsePasskeys());
  const [shown, setShown] = useState(first);
  return (
    <Modal opened onClose={() => settleProof(false)} title={t('session.proof.title')} size={374} zIndex={440}>
      <Text mb="md" c="dimmed">
        {act ? t('session.proof.of_act', { act: t(`session.proof.act.${act}`) }) : t('session.proof.text')}
      </Text>
      {shown === 'passkey' ? (
        <ProveByPasskey hasApp={second === 'code'} onCode={() => setShown(second)} />
      ) : (
        <ProveByText kind={shown} />
      )}
    </Modal>
  );
}
