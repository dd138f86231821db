import { Button, Switch } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RuleDetail } from '@/api/model';
import { useOrganizationName } from '@/api/organizations';
import { reachesAll, useCan, useMe } from '@/api/permissions';
import { ruleQuery } from '@/api/rules';
import { inReadersWords, tacticInReadersWords } from '@/i18n/own-words';
import { formatNumber } from '@/lib/numbers';
import { lengthText } from '@/lib/time';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { CopyButton } from '@/ui/CopyButton';
import { DetailColumns, DetailHeader } from '@/ui/DetailHeader';
import { ErrorState } from '@/ui/ErrorState';
import { errorText } from '@/ui/error-text';
import { LoadingSkeleton } from '@/ui/LoadingSkeleton';
import { notifyFailed } from '@/ui/notify';
import { PageFrame, PageScroll } from '@/ui/PageHeader';
import { Facts, Panel } from '@/ui/Panel';
import { RawText } from '@/ui/RawText';
import { RelativeTime } from '@/ui/RelativeTime';
import { SeverityBadge } from '@/ui/SeverityBadge';
import { Tag } from '@/ui/StageBadge';
import { useDeleteRule, useUpdateRule } from './api';
import { DryRun } from './DryRun';
import { falsePositives, Hits, RuleState } from './rule-look';
import classes from './rules.module.css';
import { Settings } from './Settings';
import { Suppressions } from './Suppressions';
import { DuplicateDrawer, EditDrawer } from './TextDrawer';
import { TryLine } from './TryLine';

const route = getRouteApi('/shell/rules/$id');

export function RulePage() {
  const { id } = route.useParams();
  return <Rule key={id} id={id} />;
}

/** Of one rule only: what is being typed or tried for it is not shown under another. */
function Rule({ id }: { id: string }) {
  const { t } = useTranslation();
  const rule = useQuery(ruleQuery(id));
  return (
    <PageFrame>
      <DetailHeader
        back={<Link to="/rules">{t('rules.title')}</Link>}
        actions={rule.data && <Actions rule={rule.data} />}
        title={inReadersWords(rule.data?.title) ?? t('rules.title')}
        facts={rule.data && <Badges rule={rule.data} />}
      />
      <PageScroll>
        {rule.isPending && <LoadingSkeleton rows={12} />}
        {rule.error && <ErrorState error={rule.error} onRetry={() => void rule.refetch()} />}
        {rule.data && (
          <DetailColumns side={<Side rule={rule.data} />} sideLabel={t('rules.settings.title')}>
            <About rule={rule.data} />
            <Text rule={rule.data} />
            <TryLine rule={rule.data} />
            <DryRun rule={rule.data} />
          </DetailColumns>
        )}
      </PageScroll>
    </PageFrame>
  );
}

/** What may be changed: one's own, or what is for all by who may do so everywhere. */
export function useMayChange(rule: Pick<RuleDetail, 'organization_id'>): boolean {
  const isForAll = reachesAll(useMe(), 'rules:write');
  const isOwn = useCan('rules:write', rule.organization_id ?? undefined);
  return rule.organization_id ? isOwn : isForAll;
}

function Badges({ rule }: { rule: RuleDetail }) {
  const { t } = useTranslation();
  return (
    <>
      <RuleState isEnabled={rule.is_enabled} />
      <SeverityBadge level={rule.severity} />
      <Tag>{t(`rules.origin.${rule.origin}`)}</Tag>
      {rule.log_sources.map((source) => (
        <Tag key={source}>{source}</Tag>
      ))}
    </>
  );
}

function Actions({ rule }: { rule: RuleDetail }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mayChange = useMayChange(rule);
  const update = useUpdateRule(rule);
  const remove = useDeleteRule();
  const [isRemoving, setIsRemoving] = useState(false);
  return (
    <>
      <Switch
        label={t('rules.enable')}
        checked={rule.is_enabled}
        disabled={!mayChange || update.isPending}
        onChange={(event) =>
          update.mutate(
            { is_enabled: event.currentTarget.checked },
            { onError: (error) => notifyFailed(errorText(error, t)) },
          )
        }
      />
      {rule.origin === 'own' && (
        <Button
          variant="default"
          leftSection={<IconTrash size={15} aria-hidden />}
          disabled={!mayChange}
          onClick={() => setIsRemoving(true)}
        >
          {t('common.action.delete')}
        </Button>
      )}
      <ConfirmDialog
        isOpen={isRemoving}
        title={t('rules.remove.title', { title: inReadersWords(rule.title) })}
        text={t('rules.remove.text')}
        confirmLabel={t('common.action.delete')}
        isDangerous
        isPending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(rule.id, { onSuccess: () => void navigate({ to: '/rules' }) })}
        onClose={() => setIsRemoving(false)}
      />
    </>
  );
}

/** One's own is changed where it stands; of others one makes a copy. */
function Text({ rule }: { rule: RuleDetail }) {
  const { t } = useTranslation();
  const mayChange = useMayChange(rule);
  const canWrite = useCan('rules:write');
  const [isOpen, setIsOpen] = useState(false);
  const isOwn = rule.origin === 'own';
  const mayOpen = isOwn ? mayChange : canWrite;
  const close = () => setIsOpen(false);
  return (
    <Panel
      title={t('rules.text')}
      actions={
        <>
          <CopyButton value={rule.yaml} label={t('rules.copy')} />
          <Button
            size="compact-sm"
            variant="default"
            disabled={!mayOpen}
            title={mayOpen ? undefined : t('common.no_permission', { permission: 'rules:write' })}
            onClick={() => setIsOpen(true)}
          >
            {t(isOwn ? 'common.action.edit' : 'rules.duplicate.open')}
          </Button>
        </>
      }
    >
      <RawText label={t('rules.text')} text={rule.yaml.trimEnd()} maxHeight={460} />
      {isOpen && (isOwn ? <EditDrawer rule={rule} onClose={close} /> : <DuplicateDrawer rule={rule} onClose={close} />)}
    </Panel>
  );
}

function About({ rule }: { rule: RuleDetail }) {
  const { t, i18n } = useTranslation();
  const names = [...rule.tactics, ...rule.techniques];
  if (!rule.description && !rule.kind && names.length + rule.false_positives.length === 0) return null;
  return (
    <Panel title={t('rules.about')}>
      {rule.description && <p className={classes.prose}>{inReadersWords(rule.description)}</p>}
      {names.length > 0 && (
        <div className={classes.tags}>
          {names.map((name) => (
            <Tag key={name}>{tacticInReadersWords(name)}</Tag>
          ))}
        </div>
      )}
      {rule.kind && (
        <p className={classes.prose}>
          {t('rules.counts', {
            threshold: rule.threshold ?? rule.own_threshold ?? '—',
            span: lengthText(rule.timespan_seconds ?? 0, i18n.language),
            group: rule.group_by.join(', ') || '—',
          })}
        </p>
      )}
      {rule.false_positives.length > 0 && (
        <>
          <h3 className={classes.small}>{t('rules.known_false_positives')}</h3>
          <ul className={classes.bullets}>
            {rule.false_positives.map((text) => (
              <li key={text}>{inReadersWords(text)}</li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

function Side({ rule }: { rule: RuleDetail }) {
  const { t, i18n } = useTranslation();
  const organizationName = useOrganizationName();
  return (
    <>
      <Panel title={t('rules.numbers')}>
        <Facts
          items={[
            { label: t('rules.column.hits'), value: <Hits numbers={rule.numbers} /> },
            { label: t('rules.hits_7_days'), value: formatNumber(rule.numbers.hits_7_days, i18n.language) },
            { label: t('rules.column.last_hit'), value: <RelativeTime at={rule.numbers.last_hit_at ?? null} isLong /> },
            { label: t('rules.column.false_positives'), value: falsePositives(rule.numbers, t, i18n.language) },
            {
              label: t('common.field.organization'),
              value: rule.organization_id ? organizationName(rule.organization_id) : t('rules.all_organizations'),
            },
            { label: t('rules.author'), value: rule.author },
          ]}
        />
      </Panel>
      <Settings key={rule.version} rule={rule} />
      <Suppressions rule={rule} />
    </>
  );
}
