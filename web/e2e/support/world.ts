import { Api } from './api';

/** What the setup made; travels to the tests in the environment. */
export interface World {
  url: string;
  binary: string;
  dataDirectory: string;
  harbor: Organization;
  delta: Organization;
  source: Source;
  admin: Credentials;
}

export interface Organization {
  id: string;
  name: string;
}

export interface Source {
  id: string;
  token: string;
}

export interface Credentials {
  email: string;
  password: string;
}

export interface Person extends Credentials {
  id: string;
  name: string;
}

export type Role = 'admin' | 'soc_manager' | 'senior_analyst' | 'analyst' | 'auditor' | 'viewer';

const VARIABLE = 'CIBERCASE_E2E_WORLD';

export function keepWorld(world: World): void {
  process.env[VARIABLE] = JSON.stringify(world);
}

export function theWorld(): World {
  const text = process.env[VARIABLE];
  if (!text) throw new Error('The setup has not run.');
  return JSON.parse(text) as World;
}

const FIRST_PASSWORD = 'lent-for-one-afternoon-only';
export const PASSWORD = 'quiet-lighthouse-over-nine-harbors';

let asAdmin: Promise<Api> | undefined;

export function admin(): Promise<Api> {
  const { url, admin: credentials } = theWorld();
  asAdmin ??= Api.signIn(url, credentials.email, credentials.password);
  return asAdmin;
}

let made = 0;

/** Somebody who has just been added and still has the first password. */
export async function newcomer(role: Role, organization: Organization | null, name: string): Promise<Person> {
  made += 1;
  const email = `${name.toLowerCase().replace(/\W+/g, '.')}.${process.pid}.${made}@people.example`;
  const memberships = [{ organization_id: organization?.id ?? null, role }];
  const body = { email, display_name: name, password: FIRST_PASSWORD, memberships };
  const { user } = await (await admin()).must('POST', '/users', { body });
  return { id: user.id, name, email, password: FIRST_PASSWORD };
}

/** Somebody who works here already. Everybody gets a name of their own, so that tests never meet. */
export async function somebody(role: Role, organization: Organization | null, name: string): Promise<Person> {
  const person = await newcomer(role, organization, name);
  const { url } = theWorld();
  const api = await Api.signIn(url, person.email, person.password);
  const body = { current_password: person.password, new_password: PASSWORD };
  await api.must('POST', '/session/password', { body });
  return { ...person, password: PASSWORD };
}

export function apiOf(person: Credentials): Promise<Api> {
  return Api.signIn(theWorld().url, person.email, person.password);
}
