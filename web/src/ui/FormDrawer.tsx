import { Button, Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from './error-text';
import classes from './FormDrawer.module.css';

interface FormDrawerProps {
  isOpen: boolean;
  title: ReactNode;
  submitLabel: string;
  isPending?: boolean;
  /** Shown above the buttons; field errors belong to the fields. */
  error?: unknown;
  /** Why the form cannot be sent, as a title of the disabled button. */
  blockedReason?: string;
  /** What was written does not go by a slip: neither Escape nor a press beside it closes the form. */
  isGuarded?: boolean;
  onSubmit: (event: React.FormEvent<HTMLFormElement>) => void;
  onClose: () => void;
  size?: number;
  children: ReactNode;
}

/** A form beside the page. Pass `form.onSubmit(values => mutation.mutate(values))`. */
export function FormDrawer(props: FormDrawerProps) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened={props.isOpen}
      onClose={props.onClose}
      closeOnClickOutside={!props.isGuarded}
      closeOnEscape={!props.isGuarded}
      title={props.title}
      position="right"
      size={props.size ?? 480}
    >
      <form className={classes.form} onSubmit={props.onSubmit} noValidate>
        {props.children}
        {props.error ? (
          <p className={classes.error} role="alert">
            {errorText(props.error, t)}
          </p>
        ) : null}
        <div className={classes.foot}>
          <Button variant="default" onClick={props.onClose}>
            {t('common.action.cancel')}
          </Button>
          <Button
            type="submit"
            loading={props.isPending}
            disabled={props.blockedReason !== undefined}
            title={props.blockedReason}
          >
            {props.submitLabel}
          </Button>
        </div>
      </form>
    </Drawer>
  );
}
