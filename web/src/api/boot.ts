import type { Dashboard, Locale, Me, Page, TicketSummary } from './model';

/** What the server embeds in the page. */
export interface Boot {
  me: Me | null;
  locale_hint: Locale;
  tickets: Page<TicketSummary> | null;
  dashboard: Dashboard | null;
  version: string;
  live_seq: string | null;
}

const EMPTY: Boot = { me: null, locale_hint: 'es', tickets: null, dashboard: null, version: '', live_seq: null };

/** What the server embedded in the page, so that the first paint needs no further call. */
export function readBoot(): { boot: Boot; isEmbedded: boolean } {
  const text = document.getElementById('boot')?.textContent?.trim();
  if (!text) return { boot: EMPTY, isEmbedded: false };
  try {
    return { boot: { ...EMPTY, ...(JSON.parse(text) as Partial<Boot>) }, isEmbedded: true };
  } catch {
    return { boot: EMPTY, isEmbedded: false };
  }
}

/** The nonce that lets the design system add its style elements under the content security policy. */
export function readStyleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? '';
}
