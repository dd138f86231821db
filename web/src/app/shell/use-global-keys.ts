import { useNavigate } from '@tanstack/react-router';
import { useEffect, useEffectEvent, useRef } from 'react';
import { useKeys } from '@/lib/use-keys';

const CHORD_MS = 1200;
const PLACES = { q: '/tickets', d: '/dashboard', a: '/alerts', s: '/assets' } as const;

interface GlobalKeys {
  onSearch: () => void;
  onHelp: () => void;
}

/** Ctrl K, ?, and "g" followed by the place to go. */
export function useGlobalKeys({ onSearch, onHelp }: GlobalKeys): void {
  const navigate = useNavigate();
  const chordAt = useRef(0);
  const onControl = useEffectEvent((event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return;
    event.preventDefault();
    onSearch();
  });
  const onChord = useEffectEvent((event: KeyboardEvent) => {
    const place = PLACES[event.key as keyof typeof PLACES];
    if (!place || Date.now() - chordAt.current > CHORD_MS) return;
    chordAt.current = 0;
    // The second key of a chord is not also a shortcut of the page.
    event.preventDefault();
    event.stopPropagation();
    void navigate({ to: place });
  });
  useEffect(() => {
    const control = (event: KeyboardEvent) => onControl(event);
    const chord = (event: KeyboardEvent) => onChord(event);
    window.addEventListener('keydown', control);
    window.addEventListener('keydown', chord, { capture: true });
    return () => {
      window.removeEventListener('keydown', control);
      window.removeEventListener('keydown', chord, { capture: true });
    };
  }, []);
  useKeys({
    '?': onHelp,
    g: () => {
      chordAt.current = Date.now();
    },
  });
}
