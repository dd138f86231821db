import alerts from './en/alerts.json';
import assets from './en/assets.json';
import audit from './en/audit.json';
import authorization from './en/authorization.json';
import common from './en/common.json';
import dashboard from './en/dashboard.json';
import errors from './en/errors.json';
import events from './en/events.json';
import notices from './en/notices.json';
import organizations from './en/organizations.json';
import profile from './en/profile.json';
import quarantine from './en/quarantine.json';
import rules from './en/rules.json';
import secrets from './en/secrets.json';
import session from './en/session.json';
import shell from './en/shell.json';
import sources from './en/sources.json';
import status from './en/status.json';
import ticket from './en/ticket.json';
import tickets from './en/tickets.json';
import users from './en/users.json';

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
