import { Button, Group, Modal, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { SecretOnce } from '@/ui/SecretOnce';

interface PasswordDialogProps {
  name: string;
  password: string;
  onClose: () => void;
}

/** The only time the password is shown. It closes by its button only, not by a press beside it. */
export function PasswordDialog({ name, password, onClose }: PasswordDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} closeOnClickOutside={false} title={t('users.password.title', { name })}>
      <Stack gap="lg">
        <SecretOnce label={t('users.password.label')} value={password} note={t('users.password.note')} />
        <Group justify="flex-end">
          <Button onClick={onClose}>{t('users.password.done')}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
