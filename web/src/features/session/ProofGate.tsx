import { lazy, Suspense, useSyncExternalStore } from 'react';
import { subscribeToProof, wantedProofs } from '@/api/proof-gate';

const ProofDialog = lazy(() => import('./ProofDialog'));

/** Opens the dialog when a dangerous act waits for a proof. */
export function ProofGate() {
  const kinds = useSyncExternalStore(subscribeToProof, wantedProofs);
  if (kinds.length === 0) return null;
  return (
    <Suspense fallback={null}>
      <ProofDialog kinds={kinds} />
    </Suspense>
  );
}
