import { Modal, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ProofKind, settleProof } from '@/api/proof-gate';
import { canUsePasskeys } from '@/lib/webauthn';
import { ProveByPasskey } from './ProveByPasskey';
import { ProveByText } from './ProveByText';

/** Over the page and whatever dialog is open there: what was asked for goes on after it. */
export default function ProofDialog({ kind }: { kind: ProofKind }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(kind === 'passkey' && !canUsePasskeys() ? 'code' : kind);
  return (
    <Modal opened onClose={() => settleProof(false)} title={t('session.proof.title')} size={374} zIndex={440}>
      <Text mb="md" c="dimmed">
        {t('session.proof.text')}
      </Text>
      {shown === 'passkey' ? <ProveByPasskey onCode={() => setShown('code')} /> : <ProveByText kind={shown} />}
    </Modal>
  );
}
