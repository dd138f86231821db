import { lazy, Suspense, useSyncExternalStore } from 'react';
import { subscribeToProof, wantedProof } from '@/api/proof-gate';

const ProofDialog = lazy(() => import('./ProofDialog'));

/** Opens the dialog when a dangerous act waits for a proof. */
export function ProofGate() {
  const kind = useSyncExternalStore(subscribeToProof, wantedProof);
  if (!kind) return null;
  return (
    <Suspense fallback={null}>
      <ProofDialog kind={kind} />
    </Suspense>
  );
}
