import alerts from './es/alerts.json';
import assets from './es/assets.json';
import audit from './es/audit.json';
import authorization from './es/authorization.json';
import common from './es/common.json';
import dashboard from './es/dashboard.json';
import errors from './es/errors.json';
import events from './es/events.json';
import notices from './es/notices.json';
import organizations from './es/organizations.json';
import profile from './es/profile.json';
import quarantine from './es/quarantine.json';
import rules from './es/rules.json';
import secrets from './es/secrets.json';
import session from './es/session.json';
import shell from './es/shell.json';
import sources from './es/sources.json';
import status from './es/status.json';
import ticket from './es/ticket.json';
import tickets from './es/tickets.json';
import users from './es/users.json';

const texts = {
  alerts,
  assets,
  audit,
  authorization,
  common,
  dashboard,
  errors,
  events,
  notices,
  organizations,
  profile,
  quarantine,
  rules,
  secrets,
  session,
  shell,
  sources,
  status,
  ticket,
  tickets,
  users,
};

export default texts;
