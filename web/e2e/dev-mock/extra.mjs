// Nouns other than tickets: 'GET /assets': ({ query, body, id }) => ({ items: [], next_cursor: null }).
import { alertRoutes } from './alerts.mjs';
import { boardRoutes } from './board.mjs';
import { organizations } from './data.mjs';
import { intakeRoutes } from './intake.mjs';
import { peopleRoutes } from './people.mjs';

export const extra = {
  'GET /organizations': () => ({ items: organizations, next_cursor: null }),
  ...boardRoutes,
  ...alertRoutes,
  ...intakeRoutes,
  ...peopleRoutes,
};
