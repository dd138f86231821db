import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import type { Me, SecondFactorMethod } from '@/api/model';
import { errorText } from '@/ui/error-text';
import { SecondStep } from './SecondStep';
import classes from './session.module.css';

export interface SignInFormProps {
  /** Fixed when the same person must come back to what they were doing. */
  email?: string;
  onSignedIn: (me: Me) => void;
  /** Below the password, and gone once it was accepted. */
  secondary?: ReactNode;
}

/** In two steps for whoever has a second factor. */
export function SignInForm(props: SignInFormProps) {
  const [methods, setMethods] = useState<readonly SecondFactorMethod[] | null>(null);
  if (methods) {
    return <SecondStep methods={methods} onSignedIn={props.onSignedIn} onRestart={() => setMethods(null)} />;
  }
  return <PasswordStep {...props} onChallenged={setMethods} />;
}

interface PasswordStepProps extends SignInFormProps {
  onChallenged: (methods: readonly SecondFactorMethod[]) => void;
}

function PasswordStep({ email, onSignedIn, onChallenged, secondary }: PasswordStepProps) {
  const { t } = useTranslation();
  const password = useRef<HTMLInputElement>(null);
  const signIn = useMutation({
    mutationFn: (body: { email: string; password: string }) => api('POST /session', { body }),
    onSuccess: (answer) => ('user' in answer ? onSignedIn(answer) : onChallenged(answer.methods)),
    onError: () => {
      password.current?.focus();
      password.current?.select();
    },
  });
  const submit = (event: React.FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    signIn.mutate({ email: String(data.get('email') ?? email), password: String(data.get('password')) });
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <TextInput
        label={t('session.email')}
        name="email"
        type="email"
        autoComplete="username"
        required
        withAsterisk={false}
        readOnly={email !== undefined}
        defaultValue={email}
        autoFocus={email === undefined}
        size="md"
      />
      <PasswordInput
        ref={password}
        label={t('session.password')}
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        data-autofocus={email !== undefined || undefined}
        visibilityToggleButtonProps={{ 'aria-label': t('session.show_password'), tabIndex: 0 }}
        size="md"
      />
      {signIn.error ? (
        <p className={classes.error} role="alert">
          {errorText(signIn.error, t)}
        </p>
      ) : null}
      <Button type="submit" size="md" loading={signIn.isPending} fullWidth>
        {t('session.submit')}
      </Button>
      {secondary}
    </form>
  );
}
