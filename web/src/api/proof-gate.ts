/**
 * A dangerous act waits here while a dialog over the page asks for a proof, and goes on with it; without it, the act is
 * called off. One dialog asks at a time: whatever else waits goes on with the same proof.
 */
/** A code is an app's, or else one of the recovery codes. */
export type ProofKind = 'password' | 'code' | 'recovery_code' | 'passkey';

interface Waiter {
  act: string;
  resolve: (isProven: boolean) => void;
}

let waiters: Waiter[] = [];
let wanted: readonly ProofKind[] = [];
const listeners = new Set<() => void>();

function announce() {
  for (const listener of listeners) listener();
}

/** Whether one of these proofs was given, the one that is asked for first before the others; the act is an operation of the API. */
export function waitForProof(kinds: readonly ProofKind[], act: string): Promise<boolean> {
  return new Promise((resolve) => {
    waiters.push({ act, resolve });
    wanted = kinds;
    announce();
  });
}

/** The dialog is over: everybody who waits learns how. */
export function settleProof(isProven: boolean): void {
  const settled = waiters;
  waiters = [];
  wanted = [];
  for (const waiter of settled) waiter.resolve(isProven);
  announce();
}

/** None while nothing waits. */
export function wantedProofs(): readonly ProofKind[] {
  return wanted;
}

/** What the proof is for; nothing where several acts wait that differ. */
export function wantedAct(): string | null {
  const [act, ...others] = new Set(waiters.map((waiter) => waiter.act));
  return act && others.length === 0 ? act : null;
}

export function subscribeToProof(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
