import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Boot } from '@/api/boot';
import { readStyleNonce } from '@/api/boot';
import { makeTheme, resolveTokens } from '@/ui/theme';
import classes from './App.module.css';
import { BootContext } from './boot-context';
import type { makeRouter } from './router';

interface AppProps {
  queryClient: QueryClient;
  router: ReturnType<typeof makeRouter>;
  boot: Boot;
}

export function App({ queryClient, router, boot }: AppProps) {
  const { t } = useTranslation();
  const close = t('common.action.close');
  const theme = useMemo(() => makeTheme({ close }), [close]);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={resolveTokens}
      defaultColorScheme={boot.me?.user.color_scheme ?? 'auto'}
      getStyleNonce={readStyleNonce}
    >
      <QueryClientProvider client={queryClient}>
        <BootContext value={boot}>
          <Notifications className={classes.notifications} position="bottom-center" limit={3} zIndex={400} />
          <RouterProvider router={router} />
        </BootContext>
      </QueryClientProvider>
    </MantineProvider>
  );
}
