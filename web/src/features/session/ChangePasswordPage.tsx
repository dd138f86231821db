import { Button, PasswordInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Navigate, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, isApiError } from '@/api/client';
import { keys } from '@/api/keys';
import { sessionQuery } from '@/api/queries';
import { errorText, fieldErrors } from '@/ui/error-text';
import { notifyDone } from '@/ui/notify';
import { AuthFrame } from './AuthFrame';
import { checkPassword } from './password-rules';
import { StrengthMeter } from './StrengthMeter';
import classes from './session.module.css';

export function ChangePasswordPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const session = useQuery(sessionQuery);
  const form = useForm({ initialValues: { current: '', next: '', repeat: '' } });
  const { current, next, repeat } = form.values;
  const user = session.data?.user;
  const personal = user ? [...user.display_name.split(/\s+/), user.email.split('@')[0] ?? ''] : [];
  const check = checkPassword(next, current, personal);

  const save = useMutation({
    mutationFn: () => api('POST /session/password', { body: { current_password: current, new_password: next } }),
    onSuccess: async () => {
      // The server may have opened a fresh session with the change.
      queryClient.setQueryData(keys.session, await api('GET /session'));
      notifyDone(t('session.change.done'));
      await navigate({ to: '/' });
    },
    onError: (error) => {
      const fields = fieldErrors(error);
      form.setErrors({
        current: isApiError(error, 'invalid_credentials') ? t('session.change.wrong_current') : fields.current_password,
        next: fields.new_password,
      });
    },
  });
  const submit = form.onSubmit(() => {
    if (repeat !== next) form.setFieldError('repeat', t('session.change.mismatch'));
    else if (!check.isLongEnough) form.setFieldError('next', t('session.change.length'));
    else if (!check.isDifferent) form.setFieldError('next', t('session.change.different'));
    else save.mutate();
  });

  if (session.isError) return <Navigate to="/sign-in" />;
  const toggle = { 'aria-label': t('session.show_password'), tabIndex: 0 };
  return (
    <AuthFrame>
      <form className={classes.form} data-wide onSubmit={submit} noValidate>
        <h1 className={classes.title}>{t('session.change.title')}</h1>
        <p className={classes.text}>{t('session.change.text')}</p>
        <input type="email" name="email" autoComplete="username" value={user?.email ?? ''} readOnly hidden />
        <PasswordInput
          label={t('session.change.current')}
          autoComplete="current-password"
          visibilityToggleButtonProps={toggle}
          {...form.getInputProps('current')}
        />
        <PasswordInput
          label={t('session.change.new')}
          description={t('session.change.hint')}
          autoComplete="new-password"
          visibilityToggleButtonProps={toggle}
          {...form.getInputProps('next')}
        />
        <StrengthMeter check={check} length={[...next].length} />
        <PasswordInput
          label={t('session.change.repeat')}
          autoComplete="new-password"
          visibilityToggleButtonProps={toggle}
          {...form.getInputProps('repeat')}
        />
        {save.error && Object.keys(form.errors).length === 0 ? (
          <p className={classes.error} role="alert">
            {errorText(save.error, t)}
          </p>
        ) : null}
        <Button type="submit" size="md" loading={save.isPending} disabled={!current || !next || !repeat}>
          {t('session.change.submit')}
        </Button>
      </form>
    </AuthFrame>
  );
}
