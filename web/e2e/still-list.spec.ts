import { isDeepStrictEqual } from 'node:util';
import type { Page } from '@playwright/test';
import { freshRule, post, postMany } from './support/incidents';
import { mainThreadTasks } from './support/main-thread';
import { expect, openQueue, queueOf, test } from './support/test';
import { somebody, theWorld } from './support/world';

test('the list holds still while 20 incidents arrive', async ({ as }) => {
  const person = await somebody('analyst', theWorld().harbor, 'Quim Torrella');
  const rule = freshRule('still');
  await postMany(60, rule);
  const page = await as(person);
  await openQueue(page, rule);
  const unselected = await page.getByRole('checkbox').nth(1).boundingBox();
  await page.getByRole('checkbox').nth(1).check();
  await expect(page.getByRole('toolbar')).toContainText('1 selected');
  expect(await page.getByRole('checkbox').nth(1).boundingBox()).toEqual(unselected);
  await page.getByRole('checkbox').nth(3).check();
  await queueOf(page).evaluate((grid) => grid.scrollTo({ top: 540 }));
  await page.getByRole('toolbar').getByRole('button', { name: 'More' }).click();
  await expect(page.getByRole('menu')).toBeVisible();
  const before = await looksAtRest(page);
  expect(before.scrollTop).toBe(540);
  expect(before.rows.length).toBeGreaterThan(15);

  for (let count = 0; count < 20; count += 1) await post({ rule });
  await expect(page.getByRole('button', { name: '20 new · show', includeHidden: true })).toBeVisible();
  await expect(page.getByRole('menu')).toBeVisible();
  await expect(page.getByRole('toolbar')).toContainText('2 selected');
  expect(await looks(page)).toEqual(before);

  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '20 new · show' }).click();
  await expect(queueOf(page)).toHaveAttribute('aria-rowcount', '81');
  await expect(page.getByRole('toolbar')).toContainText('2 selected');
});

/** What it looks like once nothing moves any more that the test has set in motion: the same for half a second. */
async function looksAtRest(page: Page) {
  let [before, same] = [await looks(page), 0];
  await expect(async () => {
    const now = await looks(page);
    same = isDeepStrictEqual(now, before) ? same + 1 : 0;
    before = now;
    expect(same).toBeGreaterThanOrEqual(5);
  }).toPass({ intervals: [100] });
  return before;
}

/** Where every row that can be seen stands, and how far the list is scrolled. What is drawn beyond is nobody's to see. */
async function looks(page: Page) {
  return queueOf(page).evaluate((grid) => {
    const seen = grid.getBoundingClientRect();
    return {
      scrollTop: grid.scrollTop,
      rows: [...grid.querySelectorAll('[role="row"]')]
        .map((row) => ({ row, at: row.getBoundingClientRect() }))
        .filter(({ at }) => at.bottom > seen.top && at.top < seen.bottom)
        .map(({ row, at }) => {
          const reference = /TCK-\d+-\d+/.exec(row.textContent ?? '')?.[0] ?? 'head';
          return `${reference} at ${Math.round(at.top)} ${row.getAttribute('aria-selected')}`;
        })
        .sort(),
    };
  });
}

test('2,000 tickets are scrolled through to their end, and few rows stand in the page at a time', async ({
  as,
  browser,
}) => {
  test.setTimeout(180_000);
  const person = await somebody('analyst', theWorld().harbor, 'Raquel Doménech');
  const rule = freshRule('long');
  const began = performance.now();
  await postMany(2000, rule, 16);
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `posting 2,000 incidents over 16 connections: ${seconds.toFixed(1)} s, ${Math.round(2000 / seconds)} a second`,
  );
  const page = await as(person);
  await openQueue(page, rule);
  await expect(queueOf(page).getByRole('row').nth(5)).toBeVisible();
  const seen: Scrolled[] = [];
  const busy = await mainThreadTasks(browser, page, async () => {
    seen.push(await page.evaluate(scrollToTheEnd, 'Queue'));
  });
  for (const { frames, milliseconds, tasks, mostRows } of seen) {
    console.log(
      `scrolling 2,000 rows: ${Math.round(milliseconds)} ms in ${frames} frames; ${tasks.length} long tasks, ` +
        `longest ${Math.round(Math.max(0, ...tasks))} ms on the wall, ${Math.round(busy[0] ?? 0)} ms of processor`,
    );
    expect(mostRows).toBeLessThan(120);
  }
  expect(seen).toHaveLength(1);
  await expect(queueOf(page).getByText('End of the list')).toBeVisible();
});

interface Scrolled {
  tasks: number[];
  frames: number;
  mostRows: number;
  milliseconds: number;
}

/** In the page: a wheel that never rests, until the list says that it ends. */
async function scrollToTheEnd(label: string): Promise<Scrolled> {
  const grid = document.querySelector(`[role="grid"][aria-label="${label}"]`);
  if (!grid) throw new Error('There is no list.');
  const tasks: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const task of list.getEntries()) tasks.push(task.duration);
  });
  observer.observe({ type: 'longtask' });
  const began = performance.now();
  let [frames, mostRows] = [0, 0];
  await new Promise<void>((done) => {
    const step = () => {
      frames += 1;
      mostRows = Math.max(mostRows, grid.querySelectorAll('[role="row"]').length);
      grid.scrollTop += 400;
      const isAtEnd = grid.scrollTop + grid.clientHeight >= grid.scrollHeight - 1;
      if (isAtEnd && grid.textContent?.includes('End of the list')) done();
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  for (const task of observer.takeRecords()) tasks.push(task.duration);
  return { tasks, frames, mostRows, milliseconds: performance.now() - began };
}
