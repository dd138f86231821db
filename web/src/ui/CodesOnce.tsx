import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import classes from './CodesOnce.module.css';
import { CopyButton } from './CopyButton';

interface CodesOnceProps {
  codes: readonly string[];
  /** Why they must be kept now. */
  note: string;
}

/** Codes that are shown this one time. */
export function CodesOnce({ codes, note }: CodesOnceProps) {
  const { t } = useTranslation();
  const text = codes.join('\n');
  return (
    <div>
      <p className={classes.note}>{note}</p>
      <div className={classes.box}>
        <ol className={`${classes.codes} mono`}>
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ol>
        <CopyButton value={text} />
      </div>
      <Button
        mt="sm"
        variant="default"
        leftSection={<IconDownload size={16} stroke={1.5} aria-hidden />}
        onClick={() => download(t('common.codes_file'), `${text}\n`)}
      >
        {t('common.action.download')}
      </Button>
    </div>
  );
}

function download(name: string, text: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = name;
  link.click();
  // Not at once: some browsers fetch it only after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
