const KEY = 'cibercase.sign-in.to';

/** Remembers in this tab where somebody was going, while they are at a provider. */
export function keepTarget(to: string | undefined): void {
  if (to) sessionStorage.setItem(KEY, to);
  else sessionStorage.removeItem(KEY);
}

export function takeTarget(): string | undefined {
  const to = sessionStorage.getItem(KEY) ?? undefined;
  sessionStorage.removeItem(KEY);
  return to;
}
