import type { Locator, Page } from '@playwright/test';
import { type Flick, flick, flickText } from './support/flick';
import { flood } from './support/flood';
import { frameText, inUse, watchFrames } from './support/frames';
import { mainThreadTasks } from './support/main-thread';
import { expect, live, queueOf, test } from './support/test';
import { admin, apiOf, type Organization, type Person, somebody } from './support/world';

const COUNT = 100_000;
const WHEELED_ROWS = 5000;
/** A wheel in a hurry, the fastest flick that a telephone lets a finger do (8,000), and twice that. */
const SPEEDS = [2000, 8000, 16_000];

let organization: Organization;
let person: Person;

// As many rows as nobody wheels through in a minute, beside whatever else the machine does.
test.describe.configure({ timeout: 240_000 });

test.beforeAll(async () => {
  organization = await (await admin()).must('POST', '/organizations', {
    body: { name: `Flooded Works ${test.info().workerIndex}` },
  });
  person = await somebody('analyst', organization, 'Teo Larrea');
  const began = performance.now();
  await flood(organization, COUNT);
  console.log(`100,000 tickets in ${((performance.now() - began) / 1000).toFixed(1)} s`);
});

async function openLongQueue(page: Page): Promise<Locator> {
  await page.goto('/tickets?sort=-created_at');
  const grid = queueOf(page);
  await expect(grid.getByText(`F-${COUNT}`, { exact: true })).toBeVisible();
  await live(page);
  return grid;
}

test('a queue of 100,000 tickets is wheeled through far and fast, and every row is right', async ({ as, browser }) => {
  const page = await as(person);
  const grid = await openLongQueue(page);
  const before = await inUse(page);
  const watch = await watchFrames(grid, COUNT);
  await grid.hover();
  const rows = () => grid.evaluate((frame) => frame.scrollTop / 36);
  const wheelTo = async (row: number) => {
    while ((await rows()) < row) await page.mouse.wheel(0, 720);
  };
  await wheelTo(WHEELED_ROWS);
  const seen = await watch.stop();
  const after = await inUse(page);
  console.log(
    `wheel over ${seen.lastIndex} rows: ${frameText(seen)}; placeholders in ${seen.placeholderFrames} frames`,
  );
  console.log(
    `in use: ${before.nodes} nodes and ${before.heapMb.toFixed(1)} MB before, ${after.nodes} and ${after.heapMb.toFixed(1)} MB after`,
  );
  const busy = await mainThreadTasks(browser, page, () => wheelTo(WHEELED_ROWS + 1500));
  console.log(`1,500 rows more, unwatched: ${busyText(busy)}`);
  expect(seen.faults).toEqual([]);
  expect(seen.lastIndex).toBeGreaterThan(WHEELED_ROWS - 50);
  expect(seen.mostRows).toBeLessThan(120);
  expect(after.nodes - before.nodes).toBeLessThan(3000);
});

test('the same queue follows the fastest flick', async ({ as, browser }) => {
  const page = await as(person);
  const grid = await openLongQueue(page);
  const seen: Flick[] = [];
  for (const speed of SPEEDS) {
    const one = await flick(browser, page, grid, { speed, seconds: 4 });
    console.log(`${speed} px/s: ${flickText(one)}`);
    seen.push(one);
  }
  // A machine that is busy moves the finger less far than it was told.
  for (const [index, speed] of SPEEDS.entries()) expect(seen[index]?.moved).toBeGreaterThan(speed);
  expect(Math.min(...seen.map(({ shown }) => shown))).toBeGreaterThan(0);
});

test('the same queue is walked by keyboard, and the row in hand is always seen whole', async ({ as, browser }) => {
  const page = await as(person);
  const grid = await openLongQueue(page);
  const watch = await watchFrames(grid, COUNT);
  await page.keyboard.press('j');
  const busy = await mainThreadTasks(browser, page, async () => {
    for (let count = 0; count < 150; count += 1) await page.keyboard.press('j');
  });
  console.log(`150 times j: ${busyText(busy)}`);
  let reached = await wholeInHand(grid);
  // No key goes beyond the rows that have come: how many presses it takes is the machine's affair.
  const walk = async (key: string, to: number) => {
    while (reached < to) {
      await page.keyboard.press(key);
      reached = await wholeInHand(grid);
    }
  };
  await walk('j', 150);
  expect(reached).toBe(150);
  await walk('PageDown', 600);
  for (let count = 0; count < 5; count += 1) {
    // The end is as far as rows are loaded; more come once it is reached.
    const further = async () => {
      await page.keyboard.press('End');
      return wholeInHand(grid);
    };
    await expect.poll(further).toBeGreaterThan(reached);
    reached = await wholeInHand(grid);
  }
  await page.keyboard.press('k');
  await wholeInHand(grid);
  const seen = await watch.stop();
  console.log(
    `keys as far as row ${seen.lastIndex}: ${frameText(seen)}; placeholders in ${seen.placeholderFrames} frames`,
  );
  expect(seen.faults).toEqual([]);
  await page.keyboard.press('Home');
  await expectInHand(grid, 0);
});

test('nothing moves in the middle of it while tickets arrive', async ({ as }) => {
  const page = await as(person);
  const grid = await openLongQueue(page);
  await grid.evaluate((frame) => frame.scrollTo({ top: 36 * 60 + 7 }));
  await expect(grid.getByText(`F-${COUNT - 65}`, { exact: true })).toBeVisible();
  const watch = await watchFrames(grid, COUNT);
  const api = await apiOf(person);
  const body = { organization_id: organization.id, title: 'Told by telephone', severity: 'high' };
  for (let count = 0; count < 5; count += 1) await api.must('POST', '/tickets', { body });
  await expect(page.getByRole('button', { name: '5 new · show' })).toBeVisible();
  const seen = await watch.stop();
  expect(seen.faults).toEqual([]);
  expect(await grid.evaluate((frame) => frame.scrollTop)).toBe(36 * 60 + 7);
});

/** The processor's time, which is the same whatever else the machine is doing. */
function busyText(tasks: number[]): string {
  const total = Math.round(tasks.reduce((sum, each) => sum + each, 0));
  return `${total} ms of processor, the longest task ${Math.round(tasks[0] ?? 0)} ms`;
}

/** Which row the keys act on, and whether all of it is seen. */
function inHand(grid: Locator): Promise<{ index: number; isWhole: boolean }> {
  return grid.evaluate((frame) => {
    const row = frame.querySelector<HTMLElement>('[role="row"][data-active]');
    const head = frame.querySelector<HTMLElement>('[role="row"]');
    if (!row || !head) return { index: -1, isWhole: false };
    const { top, bottom } = row.getBoundingClientRect();
    const isWhole =
      top >= head.getBoundingClientRect().bottom - 1 && bottom <= frame.getBoundingClientRect().bottom + 1;
    return { index: Number(row.getAttribute('aria-rowindex')) - 2, isWhole };
  });
}

/** The index of the row in hand, once it is seen whole. */
async function wholeInHand(grid: Locator): Promise<number> {
  await expect.poll(async () => (await inHand(grid)).isWhole).toBe(true);
  return (await inHand(grid)).index;
}

async function expectInHand(grid: Locator, index: number): Promise<void> {
  await expect.poll(() => inHand(grid)).toEqual({ index, isWhole: true });
}
