import { Button, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isApiError } from '@/api/client';
import type { Organization } from '@/api/model';
import { useCan } from '@/api/permissions';
import { shortDate } from '@/lib/time';
import type { Column } from '@/ui/DataTable';
import { EmptyState } from '@/ui/EmptyState';
import { errorText, fieldErrors } from '@/ui/error-text';
import { FormDrawer } from '@/ui/FormDrawer';
import { ListTable } from '@/ui/ListTable';
import { NameField } from '@/ui/NameField';
import { notifyDone } from '@/ui/notify';
import { PageFrame, PageHeader } from '@/ui/PageHeader';
import { organizationsQuery, useSaveOrganization } from './api';
import classes from './organizations.module.css';

const rowId = (organization: Organization) => organization.id;

export function OrganizationsPage() {
  const { t, i18n } = useTranslation();
  const organizations = useQuery(organizationsQuery);
  const canWrite = useCan('organizations:write');
  const [edited, setEdited] = useState<Organization | 'new' | null>(null);
  const columns = useMemo(() => makeColumns(t, i18n.language), [t, i18n.language]);
  return (
    <PageFrame>
      <PageHeader
        title={t('organizations.title')}
        actions={
          <Button
            leftSection={<IconPlus size={15} aria-hidden />}
            disabled={!canWrite}
            title={canWrite ? undefined : t('common.no_permission', { permission: 'organizations:write' })}
            onClick={() => setEdited('new')}
          >
            {t('organizations.new')}
          </Button>
        }
      />
      <ListTable
        label={t('organizations.title')}
        columns={columns}
        rows={organizations.data ?? []}
        getRowId={rowId}
        isLoading={organizations.isPending}
        error={organizations.error}
        onRetry={() => void organizations.refetch()}
        empty={<EmptyState title={t('organizations.empty')} />}
        onOpen={(organization) => canWrite && setEdited(organization)}
        card={(organization) => <OrganizationCard organization={organization} />}
        cardHeight={64}
      />
      {edited && <OrganizationForm existing={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />}
    </PageFrame>
  );
}

function makeColumns(t: TFunction, locale: string): Column<Organization>[] {
  return [
    {
      id: 'name',
      header: t('common.field.name'),
      width: 'minmax(180px, 2fr)',
      cell: ({ name }) => <span className={classes.name}>{name}</span>,
    },
    {
      id: 'slug',
      header: t('organizations.slug'),
      width: 'minmax(120px, 1fr)',
      cell: ({ slug }) => <span className="mono">{slug}</span>,
    },
    {
      id: 'created_at',
      header: t('organizations.created'),
      width: '140px',
      align: 'end',
      cell: ({ created_at }) => shortDate(created_at, locale),
    },
  ];
}

function OrganizationCard({ organization }: { organization: Organization }) {
  return (
    <div className={classes.card}>
      <span className={`${classes.name} truncate`}>{organization.name}</span>
      <span className={`${classes.slug} mono`}>{organization.slug}</span>
    </div>
  );
}

interface OrganizationFormProps {
  existing: Organization | null;
  onClose: () => void;
}

function OrganizationForm({ existing, onClose }: OrganizationFormProps) {
  const { t } = useTranslation();
  const save = useSaveOrganization(existing);
  const form = useForm({
    initialValues: { name: existing?.name ?? '', slug: existing?.slug ?? '' },
    validate: {
      name: (text) => (text.trim() ? null : t('common.state.required')),
      slug: (text) => (text === '' || /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text) ? null : t('organizations.slug_invalid')),
    },
  });
  const submit = form.onSubmit((values) =>
    save.mutate(values, {
      onSuccess: ({ name }) => {
        notifyDone(t('organizations.saved', { name }));
        onClose();
      },
      onError: (error) =>
        form.setErrors(isApiError(error, 'name_taken') ? { name: errorText(error, t) } : fieldErrors(error)),
    }),
  );
  return (
    <FormDrawer
      isOpen
      title={existing ? t('organizations.rename') : t('organizations.new')}
      submitLabel={t(existing ? 'common.action.save' : 'common.action.create')}
      isPending={save.isPending}
      error={Object.keys(form.errors).length === 0 ? save.error : undefined}
      onSubmit={submit}
      onClose={onClose}
    >
      <NameField maxLength={200} {...form.getInputProps('name')} />
      <TextInput
        label={t('organizations.slug')}
        description={t(existing ? 'organizations.slug_fixed' : 'organizations.slug_hint')}
        readOnly={existing !== null}
        {...form.getInputProps('slug')}
      />
    </FormDrawer>
  );
}
