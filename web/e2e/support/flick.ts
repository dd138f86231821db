import type { Browser, Locator, Page } from '@playwright/test';

/** What Chromium says of one frame (`cc::FrameReporter`), of which only this is looked at. */
interface FrameReport {
  state: 'STATE_PRESENTED_ALL' | 'STATE_PRESENTED_PARTIAL' | 'STATE_DROPPED' | 'STATE_NO_UPDATE_DESIRED';
  scroll_state: string;
  has_missing_content: boolean;
}

export interface Flick {
  /** How far the list went, in pixels. */
  moved: number;
  /** Frames of the list on the move, as Chromium counts them: those that were shown, those that never were, */
  shown: number;
  dropped: number;
  /** and those that were shown before all of what stands in them had been painted. */
  unpainted: number;
  /** How often the list had moved beyond the rows that were drawn. */
  bare: number;
}

/** Moves a list as a wheel or a finger does, at so many pixels a second, and tells what of it was not seen. */
export async function flick(
  browser: Browser,
  page: Page,
  grid: Locator,
  { speed, seconds }: { speed: number; seconds: number },
): Promise<Flick> {
  const box = await grid.boundingBox();
  if (!box) throw new Error('the list is not seen');
  const session = await page.context().newCDPSession(page);
  const before = await startWatching(grid);
  await browser.startTracing(page, { categories: ['cc', 'benchmark'] });
  await session.send('Input.synthesizeScrollGesture', {
    x: box.x + box.width / 2,
    y: box.y + box.height / 2,
    yDistance: -speed * seconds,
    speed,
    gestureSourceType: 'mouse',
  });
  const trace = JSON.parse((await browser.stopTracing()).toString()) as Trace;
  await session.detach();
  const { scrollTop, bare } = await stopWatching(grid);
  return { moved: scrollTop - before, bare, ...tally(trace) };
}

interface Trace {
  traceEvents: { name: string; args: { frame_reporter?: FrameReport } }[];
}

function tally({ traceEvents }: Trace) {
  const moving = traceEvents
    .filter(({ name }) => name === 'PipelineReporter')
    .map(({ args }) => args.frame_reporter)
    .filter((report) => report !== undefined)
    .filter((report) => report.scroll_state !== 'SCROLL_NONE');
  const count = (isSo: (report: FrameReport) => boolean) => moving.filter(isSo).length;
  return {
    shown: count(({ state }) => state.startsWith('STATE_PRESENTED')),
    dropped: count(({ state }) => state === 'STATE_DROPPED'),
    unpainted: count((report) => report.has_missing_content),
  };
}

/**
 * The list moves without waiting for the script: when the script hears of it, before it draws anything, the rows that
 * stand there are those that were seen on the way.
 */
function startWatching(grid: Locator): Promise<number> {
  return grid.evaluate((frame) => {
    const state = { bare: 0 };
    const look = () => {
      const head = frame.querySelector<HTMLElement>('[role="row"]')?.offsetHeight ?? 0;
      const rows = [...frame.querySelectorAll<HTMLElement>('[role="rowgroup"] > *')];
      const tops = rows.map((row) => Number.parseFloat(row.style.top));
      const end = Math.max(...tops) + (rows[0]?.offsetHeight ?? 0);
      if (frame.scrollTop < Math.min(...tops) || frame.scrollTop + frame.clientHeight - head > end) state.bare += 1;
    };
    window.addEventListener('scroll', look, { capture: true });
    Object.assign(window, {
      stopLooking: () => {
        window.removeEventListener('scroll', look, { capture: true });
        return { ...state, scrollTop: frame.scrollTop };
      },
    });
    return frame.scrollTop;
  });
}

function stopWatching(grid: Locator): Promise<{ bare: number; scrollTop: number }> {
  return grid.evaluate(() =>
    (window as unknown as { stopLooking: () => { bare: number; scrollTop: number } }).stopLooking(),
  );
}

export function flickText({ moved, shown, dropped, unpainted, bare }: Flick): string {
  return `${moved} px: ${shown} frames shown, ${dropped} dropped, ${unpainted} not wholly painted, ${bare} times beyond the drawn rows`;
}
