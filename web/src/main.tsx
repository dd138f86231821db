import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import '@fontsource-variable/ibm-plex-sans/wght.css';
import '@fontsource/ibm-plex-mono/latin-400.css';
import './ui/global.css';
import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';
import { readBoot, readStyleNonce } from '@/api/boot';
import { App } from '@/app/App';
import { makeQueryClient, seedFromBoot } from '@/app/query-client';
import { makeRouter } from '@/app/router';
import { startI18n } from '@/i18n/i18n';

// The scroll lock beneath dialogs adds a style element of its own.
setNonce(readStyleNonce());

const { boot } = readBoot();
const queryClient = makeQueryClient();
seedFromBoot(queryClient, boot);
const router = makeRouter(queryClient);
const container = document.getElementById('root');

await startI18n(boot.me?.user.locale ?? boot.locale_hint);
if (container) createRoot(container).render(<App queryClient={queryClient} router={router} boot={boot} />);
