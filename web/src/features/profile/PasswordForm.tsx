import { Button, PasswordInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { isApiError } from '@/api/client';
import { useMe } from '@/api/permissions';
import { errorText, fieldErrors } from '@/ui/error-text';
import { notifyDone } from '@/ui/notify';
import { useChangePassword } from './api';
import classes from './profile.module.css';

/** The server's minimum; it decides, this only says it earlier. */
const MINIMUM_LENGTH = 15;

export function PasswordForm() {
  const { t } = useTranslation();
  const me = useMe();
  const change = useChangePassword();
  const form = useForm({
    initialValues: { current: '', next: '', repeat: '' },
    validate: {
      current: (text) => (text ? null : t('common.state.required')),
      next: (text, { current }) => {
        if ([...text].length < MINIMUM_LENGTH) return t('profile.password.too_short', { length: MINIMUM_LENGTH });
        return text === current ? t('profile.password.same') : null;
      },
      repeat: (text, { next }) => (text === next ? null : t('profile.password.mismatch')),
    },
  });
  const submit = form.onSubmit(({ current, next }) =>
    change.mutate(
      { current_password: current, new_password: next },
      {
        onSuccess: () => {
          form.reset();
          notifyDone(t('profile.password.done'));
        },
        onError: (error) => {
          const fields = fieldErrors(error);
          form.setErrors({
            current: isApiError(error, 'invalid_credentials') ? t('profile.password.wrong') : fields.current_password,
            next: fields.new_password,
          });
        },
      },
    ),
  );
  const hasFieldErrors = Object.values(form.errors).some(Boolean);
  const failure = change.error && !hasFieldErrors && errorText(change.error, t);
  const toggle = { 'aria-label': t('profile.password.show'), tabIndex: 0 };
  return (
    <form className={classes.form} onSubmit={submit} noValidate>
      <input type="email" name="email" autoComplete="username" value={me?.user.email ?? ''} readOnly hidden />
      <PasswordInput
        label={t('profile.password.current')}
        autoComplete="current-password"
        visibilityToggleButtonProps={toggle}
        {...form.getInputProps('current')}
      />
      <PasswordInput
        label={t('profile.password.next')}
        description={t('profile.password.hint', { length: MINIMUM_LENGTH })}
        autoComplete="new-password"
        visibilityToggleButtonProps={toggle}
        {...form.getInputProps('next')}
      />
      <PasswordInput
        label={t('profile.password.repeat')}
        autoComplete="new-password"
        visibilityToggleButtonProps={toggle}
        {...form.getInputProps('repeat')}
      />
      {failure ? (
        <p className={classes.error} role="alert">
          {failure}
        </p>
      ) : null}
      <div>
        <Button type="submit" loading={change.isPending}>
          {t('profile.password.submit')}
        </Button>
      </div>
    </form>
  );
}
