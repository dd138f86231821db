import { useEffect, useSyncExternalStore } from 'react';
import { api } from './client';
import type { LiveEvent, LiveFrame, LiveTopic } from './live-frames';

/**
 * One WebSocket for the whole application. It resumes at the last sequence it saw;
 * when the server cannot resume, every listener is told to refetch.
 */
export type LiveStatus = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'offline';

export interface LiveState {
  status: LiveStatus;
  /** Changes that arrived after a gap, shown once as "3 changes missed, refreshed". */
  missed: number;
  refreshedAt: number | null;
}

type EventListener = (events: LiveEvent[]) => void;
type ResyncListener = () => void;

const PING_MS = 25_000;
const SILENCE_MS = 60_000;
const LONGEST_WAIT_MS = 30_000;

let state: LiveState = { status: 'idle', missed: 0, refreshedAt: null };
let socket: WebSocket | null = null;
let lastSeq: string | null = null;
let attempts = 0;
let wanted = false;
let retryTimer: number | undefined;
let pingTimer: number | undefined;
let lastHeardAt = 0;
let isCatchingUp = false;
/** What the person may see is no longer what it was when the lists were loaded. */
let hasChanged = false;

const stateListeners = new Set<() => void>();
const eventListeners = new Map<LiveTopic, Set<EventListener>>();
const resyncListeners = new Set<ResyncListener>();
const byeListeners = new Set<(reason: string) => void>();

function setState(change: Partial<LiveState>) {
  state = { ...state, ...change };
  for (const listener of stateListeners) listener();
}

export function startLive(seq: string | null): void {
  if (wanted) return;
  wanted = true;
  lastSeq ??= seq;
  window.addEventListener('online', reconnectNow);
  window.addEventListener('offline', goOffline);
  void connect();
}

export function stopLive(): void {
  wanted = false;
  window.removeEventListener('online', reconnectNow);
  window.removeEventListener('offline', goOffline);
  window.clearTimeout(retryTimer);
  window.clearInterval(pingTimer);
  socket?.close();
  socket = null;
  lastSeq = null;
  attempts = 0;
  setState({ status: 'idle', missed: 0, refreshedAt: null });
}

export function reconnectNow(): void {
  if (!wanted || socket) return;
  window.clearTimeout(retryTimer);
  attempts = 0;
  void connect();
}

function goOffline() {
  socket?.close();
  setState({ status: 'offline' });
}

async function connect() {
  setState({ status: attempts === 0 && state.status === 'idle' ? 'connecting' : 'reconnecting' });
  try {
    const { ticket } = await api('POST /live/tickets');
    if (!wanted) return;
    const url = new URL('/api/v1/live', window.location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('ticket', ticket);
    if (lastSeq) url.searchParams.set('last_seq', lastSeq);
    open(url);
  } catch {
    scheduleRetry();
  }
}

function open(url: URL) {
  const opened = new WebSocket(url);
  socket = opened;
  opened.onmessage = (message) => receive(String(message.data));
  opened.onclose = () => {
    if (socket !== opened) return;
    socket = null;
    window.clearInterval(pingTimer);
    scheduleRetry();
  };
  lastHeardAt = Date.now();
  pingTimer = window.setInterval(() => {
    if (Date.now() - lastHeardAt > SILENCE_MS) opened.close();
    else if (opened.readyState === WebSocket.OPEN) opened.send('{"type":"ping"}');
  }, PING_MS);
}

function scheduleRetry() {
  if (!wanted) return;
  attempts += 1;
  isCatchingUp = true;
  const ceiling = Math.min(LONGEST_WAIT_MS, 500 * 2 ** attempts);
  // Spread out, so that a restarted server does not meet every browser at once.
  const wait = ceiling / 2 + Math.random() * (ceiling / 2);
  setState({ status: navigator.onLine && attempts < 4 ? 'reconnecting' : 'offline' });
  retryTimer = window.setTimeout(() => void connect(), wait);
}

function receive(text: string) {
  lastHeardAt = Date.now();
  const frame = JSON.parse(text) as LiveFrame;
  if (frame.type === 'hello') greet(frame.seq, frame.resumed);
  else if (frame.type === 'events') deliver(frame.events);
  else if (frame.type === 'resync') resync();
  else if (frame.type === 'bye') say(frame.reason);
}

function greet(seq: string, isResumed: boolean) {
  const wasAway = attempts > 0;
  const hasGap = !isResumed && (wasAway || lastSeq !== null);
  attempts = 0;
  if (!isResumed) lastSeq = seq;
  setState({ status: 'connected' });
  if (hasGap || hasChanged) resync();
  hasChanged = false;
  if (!wasAway) isCatchingUp = false;
  else window.setTimeout(() => (isCatchingUp = false), 1500);
}

function deliver(events: LiveEvent[]) {
  const last = events.at(-1);
  if (!last) return;
  lastSeq = last.seq;
  if (isCatchingUp) setState({ missed: state.missed + events.length, refreshedAt: Date.now() });
  const byTopic = groupByTopic(events);
  for (const [topic, group] of byTopic) {
    for (const listener of eventListeners.get(topic) ?? []) listener(group);
  }
}

function groupByTopic(events: LiveEvent[]): Map<LiveTopic, LiveEvent[]> {
  const groups = new Map<LiveTopic, LiveEvent[]>();
  for (const event of events) groups.set(event.topic, [...(groups.get(event.topic) ?? []), event]);
  return groups;
}

function resync() {
  setState({ refreshedAt: Date.now() });
  for (const listener of resyncListeners) listener();
}

function say(reason: string) {
  if (reason === 'signed_out') {
    // Whoever signs in again goes on from here.
    const seq = lastSeq;
    stopLive();
    lastSeq = seq;
  } else hasChanged = true;
  for (const listener of byeListeners) listener(reason);
}

export function dismissMissed(): void {
  setState({ missed: 0, refreshedAt: null });
}

export function onResync(listener: ResyncListener): () => void {
  resyncListeners.add(listener);
  return () => resyncListeners.delete(listener);
}

export function onBye(listener: (reason: string) => void): () => void {
  byeListeners.add(listener);
  return () => byeListeners.delete(listener);
}

export function onLiveEvents(topic: LiveTopic, listener: EventListener): () => void {
  const listeners = eventListeners.get(topic) ?? new Set();
  listeners.add(listener);
  eventListeners.set(topic, listeners);
  return () => listeners.delete(listener);
}

export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (listener) => {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    () => state,
  );
}

/** Hears one topic while the component is mounted. Keep `listener` stable (useCallback). */
export function useLiveEvents(topic: LiveTopic, listener: EventListener): void {
  useEffect(() => onLiveEvents(topic, listener), [topic, listener]);
}
