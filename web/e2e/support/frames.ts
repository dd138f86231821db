import type { Locator, Page } from '@playwright/test';

export interface Watched {
  /** Rows that were wrong, out of place or missing, in words; empty when all was well. */
  faults: string[];
  mostRows: number;
  lastIndex: number;
  placeholderFrames: number;
  frames: number[];
  longTasks: number[];
}

/**
 * Looks at the list in every frame until `stop`: whether each row is the one of its place, stands where its place is,
 * and whether rows fill all that is seen. Rows are counted from the newest, so row 0 of 100,000 is `F-100000`.
 */
export async function watchFrames(grid: Locator, count: number): Promise<{ stop: () => Promise<Watched> }> {
  await grid.evaluate((frame, total) => {
    const seen = { faults: [] as string[], mostRows: 0, lastIndex: 0, placeholderFrames: 0, frames: [] as number[] };
    const longTasks: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const task of list.getEntries()) longTasks.push(task.duration);
    });
    observer.observe({ type: 'longtask' });
    const fault = (text: string) => seen.faults.length < 20 && seen.faults.push(text);
    let before = performance.now();
    let isOver = false;
    const look = (now: number) => {
      if (isOver) return;
      seen.frames.push(now - before);
      before = now;
      requestAnimationFrame(look);
      const head = frame.querySelector<HTMLElement>('[role="row"]')?.offsetHeight ?? 0;
      const rows = [...frame.querySelectorAll<HTMLElement>('[role="rowgroup"] > *')];
      const spans: [number, number][] = [];
      let hasPlaceholder = false;
      for (const row of rows) {
        const index = Number(row.getAttribute('aria-rowindex')) - 2;
        const top = Number.parseFloat(row.style.top);
        spans.push([top, top + row.offsetHeight]);
        if (index >= 0 && top !== index * row.offsetHeight) fault(`row ${index} stands at ${top}`);
        const reference = /F-(\d+)/.exec(row.textContent ?? '')?.[1];
        if (row.hasAttribute('data-placeholder')) hasPlaceholder = true;
        else if (Number(reference) !== total - index) fault(`row ${index} is F-${reference}`);
        else seen.lastIndex = Math.max(seen.lastIndex, index);
      }
      seen.mostRows = Math.max(seen.mostRows, rows.length);
      if (hasPlaceholder) seen.placeholderFrames += 1;
      // What is seen, in the list's own measure, has to be covered without a hole.
      let reached = frame.scrollTop;
      const end = frame.scrollTop + frame.clientHeight - head;
      for (const [top, bottom] of spans.sort((a, b) => a[0] - b[0]))
        if (top <= reached) reached = Math.max(reached, bottom);
      if (reached < end) fault(`nothing stands between ${reached} and ${end}`);
    };
    requestAnimationFrame((now) => {
      before = now;
      requestAnimationFrame(look);
    });
    Object.assign(window, {
      stopWatching: () => {
        isOver = true;
        for (const task of observer.takeRecords()) longTasks.push(task.duration);
        return { ...seen, longTasks };
      },
    });
  }, count);
  return {
    stop: () => grid.page().evaluate(() => (window as unknown as { stopWatching: () => Watched }).stopWatching()),
  };
}

export function frameText({ frames, longTasks }: Watched): string {
  const worst = Math.round(Math.max(0, ...frames));
  const slow = frames.filter((each) => each > 50).length;
  const longest = Math.round(Math.max(0, ...longTasks));
  return `${frames.length} frames, worst ${worst} ms, ${slow} over 50 ms; ${longTasks.length} long tasks, longest ${longest} ms`;
}

/** Elements, listeners and script memory that are really in use, once what is not has been collected. */
export async function inUse(page: Page): Promise<{ nodes: number; listeners: number; heapMb: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  const metric = (name: string) => metrics.find((each) => each.name === name)?.value ?? 0;
  await session.detach();
  return { nodes: metric('Nodes'), listeners: metric('JSEventListeners'), heapMb: metric('JSHeapUsedSize') / 1e6 };
}
