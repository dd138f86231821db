import { notifications } from '@mantine/notifications';

/**
 * The last action that can be taken back, for 60 seconds: by the button in its
 * notice or by the key. One at a time; a newer one replaces it.
 */
export const UNDO_SECONDS = 60;
const NOTICE = 'undo';

let last: { run: () => void; until: number } | null = null;

export function rememberUndo(run: () => void): void {
  last = { run, until: Date.now() + UNDO_SECONDS * 1000 };
}

/** Runs what was remembered; false when there is nothing (any more) to undo. */
export function undoLast(): boolean {
  notifications.hide(NOTICE);
  if (!last || Date.now() > last.until) return false;
  const { run } = last;
  last = null;
  run();
  return true;
}

export function showUndoNotice(message: React.ReactNode): void {
  notifications.hide(NOTICE);
  notifications.show({ id: NOTICE, message, autoClose: UNDO_SECONDS * 1000, withCloseButton: true });
}
