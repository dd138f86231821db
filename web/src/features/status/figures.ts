import type { LatencyBound, ProcessStatus, SignInStep } from '@/api/model';
import { formatBytes, formatNumber, formatShare } from '@/lib/numbers';

const UNKNOWN = '—';

/** What is shown of each process, in this order. */
export const FIGURES = ['cpu', 'memory', 'open_files', 'connections', 'requests', 'errors', 'median', 'p95'] as const;

export type FigureName = (typeof FIGURES)[number];

/** What a process takes and how it answers, in words; a dash where it does not say. */
export function figureTexts(figures: ProcessStatus['figures'], locale: string): Record<FigureName, string> {
  const number = (value: number | null | undefined) => textOf(value, (known) => formatNumber(known, locale));
  const hasAnswered = figures ? figures.requests > 0 : false;
  return {
    cpu: textOf(figures?.cpu_share, (share) => formatShare(share, locale)),
    memory: textOf(figures?.resident_bytes, (bytes) => formatBytes(bytes, locale)),
    open_files: number(figures?.open_files),
    connections: figures ? `${number(figures.connections_used)} / ${number(figures.connections_most)}` : UNKNOWN,
    requests: number(figures?.requests),
    errors: figures && hasAnswered ? formatShare(figures.errors / figures.requests, locale) : UNKNOWN,
    median: latencyText(figures?.latency_median, locale),
    p95: latencyText(figures?.latency_p95, locale),
  };
}

function textOf(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? UNKNOWN : format(value);
}

/** "≤ 50 ms"; "> 5 s" beyond the last bound there is. */
export function latencyText(bound: LatencyBound | null | undefined, locale: string): string {
  if (!bound) return UNKNOWN;
  const { seconds, is_exceeded } = bound;
  const length = seconds < 1 ? `${formatNumber(seconds * 1000, locale)} ms` : `${formatNumber(seconds, locale)} s`;
  return `${is_exceeded ? '>' : '≤'} ${length}`;
}

/** What the processes that are heard of take together. */
export function together(processes: readonly ProcessStatus[]) {
  const heard = processes.filter(({ is_heard }) => is_heard);
  const figures = heard.flatMap((process) => process.figures ?? []);
  return {
    count: heard.length,
    residentBytes: figures.reduce((sum, { resident_bytes }) => sum + (resident_bytes ?? 0), 0),
    cpuShare: figures.reduce((sum, { cpu_share }) => sum + (cpu_share ?? 0), 0),
    connectionsUsed: figures.reduce((sum, { connections_used }) => sum + connections_used, 0),
    connectionsMost: figures.reduce((sum, { connections_most }) => sum + connections_most, 0),
    slowest: heard.reduce<ProcessStatus | undefined>(
      (slowest, process) => (p95Of(process) > p95Of(slowest) ? process : slowest),
      undefined,
    ),
  };
}

/** Less than any where nothing was answered. */
function p95Of(process: ProcessStatus | undefined): number {
  const bound = process?.figures?.latency_p95;
  if (!bound) return -1;
  return bound.is_exceeded ? Number.POSITIVE_INFINITY : bound.seconds;
}

/** Of people and of services. */
export const failedOf = ({ failed, services_failed }: SignInStep) => failed + services_failed;

/** The sign-ins of all steps. */
export function totals(steps: readonly SignInStep[]) {
  const failed = steps.reduce((sum, step) => sum + failedOf(step), 0);
  const succeeded = steps.reduce((sum, step) => sum + step.succeeded, 0);
  return { failed, succeeded, all: failed + succeeded };
}
