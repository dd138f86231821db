import { useQueryClient } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { onBye, onResync, startLive, stopLive } from '@/api/live';
import { sessionQuery } from '@/api/queries';
import { isSignInNeeded, subscribeToGate, waitForSignIn } from '@/api/session-gate';
import { ProofGate } from '@/features/session/ProofGate';
import { useTicketsLive } from '@/features/tickets/use-tickets-live';
import { useBoot } from '../boot-context';
import { Rail } from './Rail';
import classes from './Shell.module.css';
import { TopBar } from './TopBar';
import { useGlobalKeys } from './use-global-keys';

const Palette = lazy(() => import('./Palette'));
const ExpiredSessionDialog = lazy(() => import('@/features/session/ExpiredSessionDialog'));
const HelpDialog = lazy(() => import('./HelpDialog'));

type Overlay = 'palette' | 'help' | null;

export function Shell() {
  const { t } = useTranslation();
  const [overlay, setOverlay] = useState<Overlay>(null);
  useGlobalKeys({ onSearch: () => setOverlay('palette'), onHelp: () => setOverlay('help') });
  useLiveConnection();
  useTicketsLive();
  const isSessionOver = useSyncExternalStore(subscribeToGate, isSignInNeeded);
  return (
    <div className={classes.shell}>
      <a href="#main" className={classes.skip}>
        {t('shell.skip')}
      </a>
      <TopBar onSearch={() => setOverlay('palette')} onHelp={() => setOverlay('help')} />
      <Rail />
      <main id="main" className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Suspense fallback={null}>
        {overlay === 'palette' && <Palette onClose={() => setOverlay(null)} />}
        {overlay === 'help' && <HelpDialog onClose={() => setOverlay(null)} />}
        {isSessionOver && <ExpiredSessionDialog />}
      </Suspense>
      <ProofGate />
    </div>
  );
}

function useLiveConnection() {
  const queryClient = useQueryClient();
  const seq = useBoot()?.live_seq ?? null;
  useEffect(() => {
    startLive(seq);
    // Lists of tickets refresh themselves without moving; everything else may simply be asked again.
    const stopResync = onResync(() => {
      void queryClient.invalidateQueries({
        predicate: ({ queryKey }) =>
          !(queryKey[0] === 'tickets' && queryKey[1] === 'list') && queryKey[0] !== 'session',
      });
    });
    let isGone = false;
    const stopBye = onBye((reason) => {
      // The server restarts, or one's roles are others now: the connection comes back by itself.
      if (reason !== 'signed_out')
        return void queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 }).catch(() => {});
      void waitForSignIn().then(() => !isGone && startLive(null));
    });
    return () => {
      isGone = true;
      stopResync();
      stopBye();
      stopLive();
    };
  }, [queryClient, seq]);
}
