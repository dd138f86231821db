import { createSocket } from 'node:dgram';
import { expect } from '@playwright/test';
import { admin } from './world';

/** Sends one line to where the server listens for syslog over UDP. */
export async function sendSyslog(line: string): Promise<void> {
  const port = await listensAt();
  const socket = createSocket('udp4');
  await new Promise<void>((done, fail) =>
    socket.send(line, port, '127.0.0.1', (error) => (error ? fail(error) : done())),
  );
  socket.close();
}

/** The server takes a free port, and says which. */
async function listensAt(): Promise<number> {
  let address: string | undefined;
  await expect(async () => {
    const { nodes } = await (await admin()).get('/listeners');
    const listeners: { transport: string; address: string | null }[] = nodes[0]?.listeners ?? [];
    address = listeners.find(({ transport }) => transport === 'udp')?.address ?? undefined;
    expect(address, 'where the server listens for syslog').toBeTruthy();
  }).toPass();
  return Number(address?.split(':').at(-1));
}
