/**
 * A dangerous act waits here while a dialog over the page asks for a proof, and goes on with it; refused, it fails as
 * the server said. One act waits at a time: the others wait for the same proof.
 */
/** Whoever has a passkey can show a code in its place. */
export type ProofKind = 'password' | 'code' | 'passkey';

interface Waiter {
  resolve: (isProven: boolean) => void;
}

let waiters: Waiter[] = [];
let wanted: ProofKind | null = null;
const listeners = new Set<() => void>();

function announce() {
  for (const listener of listeners) listener();
}

/** Whether the proof was given. */
export function waitForProof(kind: ProofKind): Promise<boolean> {
  return new Promise((resolve) => {
    waiters.push({ resolve });
    wanted = kind;
    announce();
  });
}

/** The dialog is over: everybody who waits learns how. */
export function settleProof(isProven: boolean): void {
  const settled = waiters;
  waiters = [];
  wanted = null;
  for (const waiter of settled) waiter.resolve(isProven);
  announce();
}

export function wantedProof(): ProofKind | null {
  return wanted;
}

export function subscribeToProof(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
