import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from '@playwright/test';
import { admin } from './world';

export type Transport = 'udp' | 'tcp' | 'tls';

/** Sends lines to where the server listens for syslog, as that transport frames them. */
export async function sendSyslog(lines: string | string[], transport: Transport = 'udp'): Promise<void> {
  const port = await listensAt(transport);
  const all = [lines].flat();
  if (transport === 'udp') return datagrams(all, port);
  const to = { host: '127.0.0.1', port };
  // The certificate is of the test's own making.
  const socket = transport === 'tcp' ? connect(to) : connectTls({ ...to, rejectUnauthorized: false });
  // FortiGate counts octets (RFC 6587) over TCP and TLS alike.
  await sent(socket, all.map((line) => `${Buffer.byteLength(line)} ${line}`).join(''));
}

/** As whoever has that address of this machine's own network, of which the source of the setup holds the first only. */
export async function sendDatagramFrom(address: string, line: string): Promise<void> {
  await datagrams([line], await listensAt('udp'), address);
}

async function datagrams(lines: string[], port: number, from = '127.0.0.1'): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((done) => socket.bind(0, from, done));
  for (const line of lines) {
    await new Promise<void>((done, fail) =>
      socket.send(line, port, '127.0.0.1', (error) => (error ? fail(error) : done())),
    );
  }
  socket.close();
}

function sent(socket: Socket, text: string): Promise<void> {
  return new Promise((done, fail) => {
    socket.once('error', fail);
    socket.once('close', () => done());
    socket.end(text);
  });
}

/** The server takes free ports, and says which. */
export async function listensAt(transport: Transport): Promise<number> {
  let address: string | undefined;
  await expect(async () => {
    const { nodes } = await (await admin()).get('/listeners');
    const listeners: { transport: string; address: string | null }[] = nodes[0]?.listeners ?? [];
    address = listeners.find((listener) => listener.transport === transport)?.address ?? undefined;
    expect(address, `where the server listens for syslog over ${transport}`).toBeTruthy();
  }).toPass();
  return Number(address?.split(':').at(-1));
}
