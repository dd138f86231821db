import { createContext, use } from 'react';
import type { Boot } from '@/api/boot';

export const BootContext = createContext<Boot | null>(null);

export function useBoot(): Boot | null {
  return use(BootContext);
}
