import { expect } from '@playwright/test';
import type { Api } from './api';
import { deliver, freshRule, incidentXml, post } from './incidents';
import { sendDatagramFrom } from './syslog';

/** Every page behind the sign-in, with something to show on those that are about one thing. */
export async function everyRoute(api: Api): Promise<string[]> {
  const { ticket, alert } = await post({ rule: freshRule('routes'), to: '10.20.30.40' });
  await deliver(incidentXml({ rule: freshRule('routes'), organization: 'Not on any map' }));
  await sendDatagramFrom('127.0.9.1', '<13>Nov 20 12:00:00 stranger app: who is it');
  await expect.poll(async () => (await api.get('/unknown-senders')).items.length).toBeGreaterThan(0);
  const [asset] = (await api.get('/assets?q=ledger-db-01')).items;
  const [rule] = (await api.get('/rules')).items;
  const [held] = (await api.get('/quarantine')).items;
  return [
    '/tickets',
    `/tickets/${ticket.id}`,
    '/alerts',
    `/alerts/${alert.id}`,
    '/alert-policies',
    '/assets',
    `/assets/${asset.id}`,
    '/dashboard',
    '/events',
    '/sources',
    '/sources?view=listeners',
    '/sources?view=senders',
    '/rules',
    `/rules/${rule.id}`,
    '/quarantine',
    `/quarantine/${held.id}`,
    '/users',
    '/roles',
    '/permissions',
    '/permissions?view=why',
    '/permissions?view=preview',
    '/organizations',
    '/secrets',
    '/status',
    '/audit',
    '/profile',
    '/notices',
  ];
}
