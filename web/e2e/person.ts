import type { Page } from '@playwright/test';

/** Signs in as whoever the environment names, by the form, in whatever language it shows. */
export async function signIn(page: Page): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel(/^(Email|Correo)$/).fill(process.env.E2E_EMAIL ?? 'analyst@cibercase.example');
  await page.getByLabel(/^(Password|Contraseña)$/).fill(process.env.E2E_PASSWORD ?? 'a long enough password');
  await page.getByRole('button', { name: /^(Sign in|Entrar)$/ }).click();
  await page.getByRole('grid').waitFor();
}
