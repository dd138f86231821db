import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { onLiveEvents, onResync, startLive, stopLive } from './live';

class FakeSocket {
  static opened: FakeSocket[] = [];
  static OPEN = 1;
  readyState = 1;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor(readonly url: URL) {
    FakeSocket.opened.push(this);
  }
  send() {}
  close() {
    this.onclose?.();
  }
  hear(frame: object) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

const event = (seq: string) => ({ seq, topic: 'tickets', organization_id: null, id: seq, change: 'updated' });
const socket = async (index: number) => {
  await vi.waitFor(() => expect(FakeSocket.opened.length).toBeGreaterThan(index), { timeout: 4000 });
  return FakeSocket.opened[index] as FakeSocket;
};

describe('the live connection', () => {
  beforeEach(() => {
    FakeSocket.opened = [];
    vi.stubGlobal('WebSocket', FakeSocket);
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('{"ticket":"t","expires_in":30}'));
  });
  afterEach(() => {
    stopLive();
    vi.unstubAllGlobals();
  });

  it('starts at the sequence of the page and hands events to their topic', async () => {
    const heard = vi.fn();
    const stop = onLiveEvents('tickets', heard);
    startLive('100');
    const first = await socket(0);
    expect(first.url.searchParams.get('last_seq')).toBe('100');
    first.hear({ type: 'hello', seq: '100', resumed: true });
    first.hear({ type: 'events', events: [event('101')] });
    expect(heard).toHaveBeenCalledWith([event('101')]);
    stop();
  });

  it('resumes at the last event it saw, and asks for everything when the server cannot', async () => {
    const resynced = vi.fn();
    const stop = onResync(resynced);
    startLive('100');
    const first = await socket(0);
    first.hear({ type: 'hello', seq: '100', resumed: true });
    first.hear({ type: 'events', events: [event('105')] });
    first.close();
    const second = await socket(1);
    expect(second.url.searchParams.get('last_seq')).toBe('105');
    expect(resynced).not.toHaveBeenCalled();
    second.hear({ type: 'hello', seq: '900', resumed: false });
    expect(resynced).toHaveBeenCalledOnce();
    stop();
  });
});
