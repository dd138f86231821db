import { Button, Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Source } from '@/api/model';
import { SyslogSteps } from './SyslogSteps';
import classes from './sources.module.css';

/** What follows a new source of syslog: it has no token to keep, only a sender to point here. */
export function PointDialog({ source, onClose }: { source: Source; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} size="lg" title={t('sources.setup.point', { name: source.name })}>
      <div className={classes.tokenBody}>
        <SyslogSteps />
        <div className={classes.foot}>
          <Button data-autofocus onClick={onClose}>
            {t('sources.setup.done')}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
