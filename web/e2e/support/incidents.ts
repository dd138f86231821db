import type { Json } from './api';
import { theWorld } from './world';

export interface Incident {
  id?: number;
  rule: string;
  title?: string;
  /** FortiSIEM's: 1 to 10. */
  severity?: number;
  status?: '0' | 'Cleared';
  organization?: string;
  from?: string;
  to?: string;
  repeats?: number;
  description?: string;
  /** Further elements and entries, as XML. */
  details?: string;
  more?: string;
}

let last = Date.now() * 100;

export function freshNumber(): number {
  last += 1;
  return last;
}

export function escapeXml(text: string): string {
  const names: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', "'": '&apos;' };
  return text.replace(/[<>&"']/g, (letter) => names[letter] ?? letter);
}

/** A FortiSIEM incident; without addresses of its own it meets no other. */
export function incidentXml(incident: Incident): string {
  const number = incident.id ?? freshNumber();
  const spread = [number >> 16, number >> 8, number].map((part) => part & 255);
  const {
    from = `198.${18 + (number & 1)}.${spread[1]}.${spread[2]}`,
    to = `10.${100 + ((spread[0] ?? 0) % 100)}.${spread[1]}.${spread[2]}`,
  } = incident;
  const { rule, severity = 7, status = '0', organization = 'Harbor Bank', repeats = 1 } = incident;
  return `<?xml version="1.0" encoding="UTF-8" ?>
<incident incidentId="${number}" organization="${escapeXml(organization)}" repeatCount="${repeats}" ruleType="${escapeXml(rule)}" severity="${severity}" status="${status}">
  <name>${escapeXml(incident.title ?? `Something of ${rule} happened (${number})`)}</name>
  <description>${escapeXml(incident.description ?? 'Seen more often than usual within ten minutes')}</description>
  <displayTime>Fri Nov 20 12:56:30 UTC 2026</displayTime>
  <incidentCategory>Security/Credential Access</incidentCategory>
  <incidentSource><entry attribute="srcIpAddr" name="Source IP">${escapeXml(from)}</entry></incidentSource>
  <incidentTarget><entry attribute="destIpAddr" name="Destination IP">${escapeXml(to)}</entry></incidentTarget>
  <incidentDetails><entry attribute="incidentCount" name="Triggered Event Count">2</entry>${incident.details ?? ''}</incidentDetails>
  <mitreTactic>Credential Access</mitreTactic>
  <mitreTechniqueId>T1110.001</mitreTechniqueId>
  ${incident.more ?? ''}
</incident>`;
}

export async function deliver(xml: string): Promise<{ status: number; body: Json }> {
  const { url, source } = theWorld();
  const response = await fetch(`${url}/api/v1/integrations/webhook`, {
    method: 'POST',
    headers: { authorization: `Bearer ${source.token}`, 'content-type': 'application/xml' },
    body: xml,
  });
  return { status: response.status, body: await response.json() };
}

/** Posts an incident that has to be taken; answers what became of it. */
export async function post(incident: Incident): Promise<Json> {
  const answer = await deliver(incidentXml(incident));
  if (answer.status !== 200) throw new Error(`webhook: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

export async function postMany(count: number, rule: string, connections = 16): Promise<void> {
  let left = count;
  const one = async () => {
    while (left > 0) {
      left -= 1;
      await post({ rule });
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
}

let rules = 0;

/** A rule no other test uses, so that a queue filtered by it holds one test's tickets only. */
export function freshRule(about: string): string {
  rules += 1;
  return `PH_RULE_E2E_${about.toUpperCase().replace(/\W+/g, '_')}_${process.pid}_${rules}`;
}
