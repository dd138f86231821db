import type { Page } from '@playwright/test';
import { freshRule, post } from './support/incidents';
import { expect, live, liveState, OFFLINE, openQueue, queueOf, test } from './support/test';
import { somebody, theWorld } from './support/world';

const pill = (page: Page, count: number) => page.getByRole('button', { name: `${count} new · show` });

test.describe('the open queue', () => {
  test('an incident posted to the webhook waits behind "1 new" and shows at the press of n', async ({ as }) => {
    const person = await somebody('analyst', theWorld().harbor, 'Clara Font');
    const page = await as(person);
    const rule = freshRule('arrival');
    const there = await post({ rule });
    await openQueue(page, rule);
    const title = `Someone tries every door of the vault (${Date.now()})`;
    const { ticket } = await post({ rule, title, severity: 10, to: '10.20.30.40' });
    await expect(pill(page, 1)).toBeVisible();
    await expect(queueOf(page).getByText(there.ticket.reference)).toBeVisible();
    await expect(queueOf(page).getByText(title)).toHaveCount(0);
    await page.keyboard.press('n');
    const row = queueOf(page).getByRole('row').filter({ hasText: title });
    await expect(row).toContainText(ticket.reference);
    await expect(row).toContainText('ledger-db-01');
    await expect(pill(page, 1)).toHaveCount(0);
  });

  test('each incident that is posted is counted at once, and how soon is reported', async ({ as }) => {
    const person = await somebody('analyst', theWorld().harbor, 'Hector Lanza');
    const page = await as(person);
    const rule = freshRule('time');
    await openQueue(page, rule);
    const times: number[] = [];
    for (let count = 1; count <= 30; count += 1) {
      const postedAt = Date.now();
      await post({ rule });
      times.push((await seenAt(page, `${count} new`)) - postedAt);
    }
    const sorted = times.toSorted((a, b) => a - b);
    console.log(`posting to seeing: median ${sorted[15]} ms, p95 ${sorted[28]} ms (of ${times.length})`);
    await page.keyboard.press('n');
    // The rows and their head.
    await expect(queueOf(page)).toHaveAttribute('aria-rowcount', '31');
  });

  test.describe('through a disconnect', () => {
    test.use({ complaints: [OFFLINE] });

    test('loses nothing that arrived meanwhile', async ({ as }) => {
      const person = await somebody('analyst', theWorld().harbor, 'Olga Serra');
      const page = await as(person);
      const rule = freshRule('offline');
      await openQueue(page, rule);
      await post({ rule });
      await expect(pill(page, 1)).toBeVisible();

      await page.context().setOffline(true);
      await expect(liveState(page)).toHaveText(/^(Offline|Reconnecting)/);
      const titles: string[] = [];
      for (let count = 0; count < 7; count += 1) {
        titles.push(`It happened while nobody could hear it (${rule}, ${count})`);
        await post({ rule, title: titles.at(-1) });
      }
      await page.context().setOffline(false);
      await live(page);
      await expect(pill(page, 8)).toBeVisible();
      await page.keyboard.press('n');
      for (const title of titles) await expect(queueOf(page).getByText(title)).toBeVisible();
    });
  });
});

/** When, by the browser's clock (the same machine's), the words were on a button of the page. */
function seenAt(page: Page, words: string): Promise<number> {
  return page.evaluate(
    (text) =>
      new Promise<number>((seen) => {
        const look = () => {
          const isThere = [...document.querySelectorAll('button')].some((each) => each.textContent?.includes(text));
          if (isThere) seen(Date.now());
          else requestAnimationFrame(look);
        };
        look();
      }),
    words,
  );
}
