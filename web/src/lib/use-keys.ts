import { useEffect, useEffectEvent, useRef } from 'react';

export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  if (!target) return false;
  if (target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName)) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type);
}

/** A dialog, menu or list of choices that is open owns the keyboard; a closed one may stay in the page, hidden. */
function isKeyboardTaken(): boolean {
  const owners = document.querySelectorAll('[aria-modal="true"], [role="menu"], [role="listbox"]');
  return [...owners].some((owner) => owner.checkVisibility?.() ?? true);
}

/** A dialog that this very press closes is gone by now, but the press was still meant for it. */
function isFromDialog(event: KeyboardEvent): boolean {
  return event.target instanceof Element && event.target.closest('[role="dialog"]') !== null;
}

/**
 * Single-key shortcuts of a page: `useKeys({ j: next, k: previous, ' ': peek })`.
 * Silent while typing, while a modifier is held and while a dialog or menu is open.
 */
export function useKeys(map: KeyMap, isEnabled = true): void {
  // Asked before anybody else hears the press: what Escape closes is gone by the time it gets here.
  const wasTaken = useRef(false);
  const handle = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const action = map[event.key];
    if (!action || isTyping(event) || isFromDialog(event) || wasTaken.current) return;
    // Space and Enter on a focused button or link belong to it.
    const isActivation = event.key === ' ' || event.key === 'Enter';
    if (isActivation && (event.target as HTMLElement).closest?.('button, a[href], [role="checkbox"]')) return;
    event.preventDefault();
    action(event);
  });
  useEffect(() => {
    if (!isEnabled) return;
    const before = () => {
      wasTaken.current = isKeyboardTaken();
    };
    const listener = (event: KeyboardEvent) => handle(event);
    window.addEventListener('keydown', before, { capture: true });
    window.addEventListener('keydown', listener);
    return () => {
      window.removeEventListener('keydown', before, { capture: true });
      window.removeEventListener('keydown', listener);
    };
  }, [isEnabled]);
}
