import { Button, Group, Modal, Text, Textarea } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from './error-text';

interface ConfirmDialogProps {
  isOpen: boolean;
  title: string;
  text?: ReactNode;
  confirmLabel: string;
  isDangerous?: boolean;
  /** Asks for a reason that is passed on. */
  asksReason?: boolean;
  isPending?: boolean;
  error?: unknown;
  onConfirm: (reason: string) => void;
  onClose: () => void;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Modal opened={props.isOpen} onClose={props.onClose} title={props.title} size="sm">
      <ConfirmBody {...props} />
    </Modal>
  );
}

/** Apart, so that the reason starts empty each time the dialog opens. */
function ConfirmBody(props: ConfirmDialogProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const isBlocked = Boolean(props.asksReason) && reason.trim() === '';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBlocked) props.onConfirm(reason.trim());
      }}
    >
      {props.text && <Text mb="md">{props.text}</Text>}
      {props.asksReason && (
        <Textarea
          data-autofocus
          label={t('common.field.reason')}
          autosize
          minRows={2}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      )}
      {props.error ? (
        <Text c="var(--cc-bad)" mt="sm" role="alert">
          {errorText(props.error, t)}
        </Text>
      ) : null}
      <Group justify="flex-end" mt="lg" gap="sm">
        <Button variant="default" onClick={props.onClose}>
          {t('common.action.cancel')}
        </Button>
        <Button
          type="submit"
          data-autofocus={props.asksReason ? undefined : true}
          color={props.isDangerous ? 'var(--cc-bad)' : undefined}
          loading={props.isPending}
          disabled={isBlocked}
        >
          {props.confirmLabel}
        </Button>
      </Group>
    </form>
  );
}
