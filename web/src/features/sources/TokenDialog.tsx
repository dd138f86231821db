import { Button, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Source } from '@/api/model';
import { SecretOnce } from '@/ui/SecretOnce';
import { SetupSteps } from './SetupSteps';
import classes from './sources.module.css';

interface TokenDialogProps {
  source: Source;
  token: string;
  onClose: () => void;
}

/** The only time the token is shown. It closes by its button only, not by a press beside it. */
export function TokenDialog({ source, token, onClose }: TokenDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      size="lg"
      title={t('sources.token.title', { name: source.name })}
    >
      <div className={classes.tokenBody}>
        <SecretOnce label={t('sources.token.label')} value={token} note={t('sources.token.note')} />
        <div>
          <h3 className={classes.heading}>{t('sources.setup.title')}</h3>
          <SetupSteps source={source} token={token} isWhole />
        </div>
        <div className={classes.foot}>
          <Button onClick={onClose}>{t('sources.token.done')}</Button>
        </div>
      </div>
    </Modal>
  );
}
