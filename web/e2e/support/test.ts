import {
  type BrowserContext,
  type BrowserContextOptions,
  test as base,
  expect,
  type Locator,
  type Page,
} from '@playwright/test';
import { type Credentials, theWorld } from './world';

interface Fixtures {
  /** What this test expects the browser to complain about; anything else fails it. */
  complaints: RegExp[];
  /** A browser of somebody's own; signed in when a person is given. */
  as: (person: Credentials | null, options?: BrowserContextOptions) => Promise<Page>;
}

/** Chromium logs every refused request; a test names the refusals it provokes. */
export const refusal = (...statuses: number[]) =>
  new RegExp(`Failed to load resource: the server responded with a status of (${statuses.join('|')})`);
export const OFFLINE = /ERR_INTERNET_DISCONNECTED/;

export const test = base.extend<Fixtures>({
  complaints: [[], { option: true }],
  as: async ({ browser, complaints, contextOptions, viewport, locale }, use) => {
    const contexts: BrowserContext[] = [];
    const found: string[] = [];
    await use(async (person, options) => {
      const context = await browser.newContext({
        ...contextOptions,
        viewport,
        locale,
        baseURL: theWorld().url,
        ...options,
      });
      contexts.push(context);
      watch(context, found);
      if (person) await signIn(context, person);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
    const unexpected = found.filter((text) => !complaints.some((expected) => expected.test(text)));
    expect(unexpected, 'what the browser complained about').toEqual([]);
  },
});

/** Errors of scripts, of the console (where violations of the content policy land) and any dialog. */
function watch(context: BrowserContext, found: string[]): void {
  context.on('page', (page) => {
    page.on('pageerror', (error) => found.push(`script: ${error.message}`));
    page.on('dialog', (dialog) => {
      found.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      if (message.type() === 'error') found.push(`console: ${message.text()} (${message.location().url})`);
    });
  });
}

export async function signIn(context: BrowserContext, person: Credentials): Promise<void> {
  const { url } = theWorld();
  const answer = await context.request.post(`${url}/api/v1/session`, {
    headers: { origin: url },
    data: { email: person.email, password: person.password },
  });
  expect(answer.status(), `sign-in of ${person.email}`).toBe(200);
}

export const queueOf = (page: Page): Locator => page.getByRole('grid', { name: 'Queue' });

/** Opens the queue with one test's tickets only, newest first, and waits until it is loaded and live. */
export async function openQueue(page: Page, rule: string): Promise<void> {
  await page.goto(`/tickets?rule_id=${rule}&sort=-created_at`);
  await expect(queueOf(page).or(page.getByText('Nothing to attend to'))).toBeVisible();
  await live(page);
}

/** Whether what is shown is current, in the application's own words. */
export const liveState = (page: Page): Locator => page.getByRole('banner').getByRole('status');

export async function live(page: Page): Promise<void> {
  await expect(liveState(page)).toHaveText(/^(Live|En vivo)/);
}

/** Until what the page is about has come: its heading stands before, over rows that only promise what they will say. */
export async function loaded(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible();
  const main = page.getByRole('main');
  const promises = main.getByRole('status', { name: LOADING }).or(main.getByText(LOADING));
  await expect(promises).toHaveCount(0);
}

const LOADING = /^(Loading|Cargando)/;

export { expect };
