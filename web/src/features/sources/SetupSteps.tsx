import { useTranslation } from 'react-i18next';
import type { Source } from '@/api/model';
import { CopyButton } from '@/ui/CopyButton';
import classes from './sources.module.css';

interface SetupStepsProps {
  source: Pick<Source, 'kind'>;
  /** The token itself, or its last characters where it is no longer known. */
  token: string;
  isWhole: boolean;
}

/** How to make the other side deliver here: three steps with the exact address. */
export function SetupSteps({ source, token, isWhole }: SetupStepsProps) {
  const { t } = useTranslation();
  const base = `${window.location.origin}/api/v1/integrations/webhook`;
  if (source.kind === 'generic') return <GenericSteps base={base} token={token} isWhole={isWhole} />;
  return (
    <ol className={classes.stepsList}>
      <li>
        {t('sources.setup.fortisiem_1')}
        <Copyable text={`${base}/${token}`} isCopyable={isWhole} />
      </li>
      <li>{t('sources.setup.fortisiem_2')}</li>
      <li>{t('sources.setup.fortisiem_3')}</li>
    </ol>
  );
}

function GenericSteps({ base, token, isWhole }: { base: string; token: string; isWhole: boolean }) {
  const { t } = useTranslation();
  const command = `curl -X POST ${base} \\\n  -H 'Authorization: Bearer ${token}' \\\n  -H 'Content-Type: application/json' \\\n  -d '{"rule_id":"test","rule_name":"Test","title":"Test","severity":"low"}'`;
  return (
    <ol className={classes.stepsList}>
      <li>
        {t('sources.setup.generic_1')}
        <Copyable text={base} isCopyable />
      </li>
      <li>
        {t('sources.setup.generic_2')}
        <Copyable text={command} isCopyable={isWhole} />
      </li>
      <li>{t('sources.setup.fortisiem_3')}</li>
    </ol>
  );
}

function Copyable({ text, isCopyable }: { text: string; isCopyable: boolean }) {
  return (
    <div className={classes.code}>
      <code className="mono">{text}</code>
      {isCopyable && <CopyButton value={text} />}
    </div>
  );
}
