import i18n from 'i18next';
import { expect, it } from 'vitest';
import { errorText } from './error-text';

it('what somebody called off themselves is no error to tell of', () => {
  const problem = { detail: 'Prove first that it is you.' };
  expect(errorText({ code: 'called_off', status: 403, problem }, i18n.t)).toBe('');
  expect(errorText({ code: 'of_tomorrow', status: 403, problem }, i18n.t)).toBe(problem.detail);
});
