import { sendSyslog, type Transport } from './support/syslog';
import { expect, live, queueOf, test } from './support/test';
import { somebody, theWorld } from './support/world';

const ATTACKER = '198.51.100.77';

/** A failed sign-in to the VPN, as a FortiGate writes it. */
const failure = (user: string) =>
  `<188>date=2026-11-21 time=09:15:00 devname="gate-fw" devid="FGT60F0000000007" eventtime=1795252500000000000 tz="+0000" logid="0101039426" type="event" subtype="vpn" level="alert" vd="root" logdesc="SSL VPN login fail" action="ssl-login-fail" tunneltype="ssl-web" tunnelid=0 remip=${ATTACKER} user="${user}" group="N/A" dst_host="N/A" reason="sslvpn_login_unknown_user" msg="SSL user failed to logged in"`;

/** Ten within minutes are a burst, so it takes all three transports; three names are too few for spraying. */
const burst: [Transport, string, number][] = [
  ['udp', 'admin', 4],
  ['tcp', 'root', 3],
  ['tls', 'scanner', 3],
];

test('a burst of failed sign-ins over UDP, TCP and TLS becomes one ticket, which leads to its raw lines', async ({
  as,
}) => {
  const page = await as(await somebody('analyst', theWorld().harbor, 'Lucas Ferrer'));
  await page.goto(`/tickets?ip=${ATTACKER}`);
  await expect(page.getByText('Nothing to attend to')).toBeVisible();
  await live(page);
  for (const [transport, user, count] of burst) await sendSyslog(Array(count).fill(failure(user)), transport);

  await page.getByRole('button', { name: '1 new · show' }).click();
  const rows = queueOf(page).getByRole('row').filter({ hasText: 'Brute force against the FortiGate VPN' });
  await expect(rows).toHaveCount(1);
  await rows.getByText('Brute force against').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Brute force against the FortiGate VPN');

  const why = page.getByRole('region', { name: 'Why did this fire' });
  await expect(why).toContainText('10 events within 5 min; the threshold is 10.');
  await expect(why).toContainText(ATTACKER);
  await expect(why).toContainText('ssl-login-fail');
  await expect(why.getByRole('link', { name: 'Show the event' })).toBeVisible();

  await page.getByRole('link', { name: 'Events around' }).click();
  const events = page.getByRole('grid', { name: 'Events' });
  for (const [, user, count] of burst) await expect(events.getByText(`${user} · gate-fw`)).toHaveCount(count);
  await events.getByText('scanner · gate-fw').first().click();
  const event = page.getByRole('complementary', { name: 'Event' });
  await event.getByRole('tab', { name: 'Raw' }).click();
  await expect(event.getByRole('region', { name: 'Raw' })).toContainText('reason="sslvpn_login_unknown_user"');
});

test('who reads Spanish reads what the program found in Spanish', async ({ as }) => {
  const line = `<185>date=2026-11-21 time=09:20:00 devname="gate-fw" devid="FGT60F0000000007" tz="+0000" logid="0419016384" type="utm" subtype="ips" level="alert" severity="critical" srcip=198.51.100.78 dstip=192.0.2.20 action="dropped" attack="Log4Shell"`;
  const page = await as(await somebody('analyst', theWorld().harbor, 'Marta Ruiz'), { locale: 'es-ES' });
  await page.goto('/tickets?ip=198.51.100.78');
  await expect(page.getByText('Nada que atender')).toBeVisible();
  await live(page);
  await sendSyslog(line);
  await page.getByRole('button', { name: /^1 nuev/ }).click();
  await page.getByRole('link', { name: 'El IPS de FortiGate detectó un ataque: Log4Shell' }).click();
  await expect(page.getByText('La prevención de intrusiones de un FortiGate reconoció un ataque')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Por qué saltó' })).toContainText(
    'El IPS de FortiGate detectó un ataque',
  );
  await page.getByRole('link', { name: 'Eventos alrededor' }).click();
  await expect(page.getByRole('grid', { name: 'Eventos' }).getByText('Log4Shell').first()).toBeVisible();
});
