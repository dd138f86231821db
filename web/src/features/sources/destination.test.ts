import { describe, expect, it } from 'vitest';
import type { ListenerReport, NodeReport } from '@/api/model';
import { destinations } from './destination';

const node = (...listeners: [ListenerReport['transport'], string | null][]) =>
  ({ listeners: listeners.map(([transport, address]) => ({ transport, address })) }) as NodeReport;

describe('where a sender is pointed', () => {
  it('is the host of the page when every address listens', () => {
    expect(destinations([node(['udp', '0.0.0.0:514'], ['tls', '[::]:6514'])], 'siem.example')).toEqual([
      { transport: 'udp', host: 'siem.example', port: '514', isLocal: false },
      { transport: 'tls', host: 'siem.example', port: '6514', isLocal: false },
    ]);
  });

  it('is told to be of this machine alone', () => {
    expect(destinations([node(['udp', '127.0.0.1:5514'], ['tcp', '[::1]:514'])], 'siem.example')).toEqual([
      { transport: 'udp', host: '127.0.0.1', port: '5514', isLocal: true },
      { transport: 'tcp', host: '::1', port: '514', isLocal: true },
    ]);
  });

  it('has no brackets of its own, wherever the page came from', () => {
    expect(destinations([node(['udp', '[::]:514'])], '[2001:db8::1]')).toEqual([
      { transport: 'udp', host: '2001:db8::1', port: '514', isLocal: false },
    ]);
  });

  it.each(['localhost', 'siem.localhost', '127.0.0.1', '[::1]'])('is not %s because the page is', (pageHost) => {
    expect(destinations([node(['udp', '0.0.0.0:514'])], pageHost)).toEqual([
      { transport: 'udp', host: null, port: '514', isLocal: false },
    ]);
  });

  it('is named once for all processes, and not where nothing listens', () => {
    const one = node(['udp', '192.0.2.1:514'], ['tcp', null]);
    expect(destinations([one, one], 'siem.example')).toHaveLength(1);
  });
});
