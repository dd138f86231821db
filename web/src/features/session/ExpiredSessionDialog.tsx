import { Anchor, Modal, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { keys } from '@/api/keys';
import { reconnectNow } from '@/api/live';
import type { Me } from '@/api/model';
import { useMe } from '@/api/permissions';
import { releaseWaiting } from '@/api/session-gate';
import { SignInForm } from './SignInForm';

/** Over the page, never instead of it: what was being typed stays where it was. */
export default function ExpiredSessionDialog() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const me = useMe();

  const resume = (renewed: Me) => {
    // Somebody else must not inherit this page.
    if (me && renewed.user.id !== me.user.id) window.location.assign('/');
    queryClient.setQueryData(keys.session, renewed);
    releaseWaiting();
    reconnectNow();
  };

  return (
    <Modal
      opened
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t('session.expired_title')}
      size={374}
      zIndex={450}
    >
      <Text mb="md" c="dimmed">
        {t('session.expired_text')}
      </Text>
      <SignInForm
        email={me?.user.email}
        onSignedIn={resume}
        secondary={
          <Anchor component="button" type="button" size="sm" onClick={() => window.location.assign('/sign-in')}>
            {t('session.other_account')}
          </Anchor>
        }
      />
    </Modal>
  );
}
