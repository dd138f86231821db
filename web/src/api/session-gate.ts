/**
 * When a session ends, calls wait here while the shell shows the sign-in dialog
 * over the page, and continue once it succeeds. Nothing typed is lost.
 */
type Waiter = { resolve: () => void; reject: (reason: unknown) => void };

let waiters: Waiter[] = [];
const listeners = new Set<() => void>();

function announce() {
  for (const listener of listeners) listener();
}

export function waitForSignIn(): Promise<void> {
  return new Promise((resolve, reject) => {
    waiters.push({ resolve, reject });
    announce();
  });
}

export function releaseWaiting(): void {
  const released = waiters;
  waiters = [];
  for (const waiter of released) waiter.resolve();
  announce();
}

export function rejectWaiting(reason: unknown): void {
  const rejected = waiters;
  waiters = [];
  for (const waiter of rejected) waiter.reject(reason);
  announce();
}

export function isSignInNeeded(): boolean {
  return waiters.length > 0;
}

export function subscribeToGate(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
