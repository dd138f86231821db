import { notifications } from '@mantine/notifications';

/** A short word about something done; polite to screen readers. */
export function notifyDone(message: string): void {
  notifications.show({ message, autoClose: 4000, withCloseButton: true });
}

/** Says what failed; an error without words is nobody's affair. */
export function notifyFailed(message: string): void {
  if (!message) return;
  notifications.show({ message, color: 'var(--cc-bad)', autoClose: 8000, role: 'alert' });
}
