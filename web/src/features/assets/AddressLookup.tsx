import { Button, Popover, TextInput } from '@mantine/core';
import { IconMapPinSearch } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, isApiError } from '@/api/client';
import type { Asset } from '@/api/model';
import { firstChoice, useOrganizationOptions } from '@/api/organizations';
import { addressProblem } from '@/lib/address';
import { errorText } from '@/ui/error-text';
import { OrganizationSelect } from '@/ui/OrganizationSelect';
import { CriticalityLabel } from './asset-look';
import classes from './assets.module.css';

/** "Whose is this address?": the asset with the most particular prefix that holds it. */
export function AddressLookup({ organizationId }: { organizationId: string | undefined }) {
  const { t } = useTranslation();
  return (
    <Popover width={320} position="bottom-end" trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconMapPinSearch size={15} aria-hidden />}>
          {t('assets.lookup.open')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('assets.lookup.title')}>
        <LookupForm organizationId={organizationId} />
      </Popover.Dropdown>
    </Popover>
  );
}

function LookupForm({ organizationId }: { organizationId: string | undefined }) {
  const { t } = useTranslation();
  const organizations = useOrganizationOptions('assets:read');
  const [organization, setOrganization] = useState(firstChoice(organizations, organizationId));
  const [address, setAddress] = useState('');
  const lookup = useMutation({
    mutationFn: () => api('GET /assets/lookup', { query: { organization_id: organization, address: address.trim() } }),
  });
  const isHost = !address.includes('/') && addressProblem(address.trim()) === null;
  return (
    <form
      className={classes.lookup}
      onSubmit={(event) => {
        event.preventDefault();
        if (isHost) lookup.mutate();
      }}
    >
      <OrganizationSelect
        options={organizations}
        value={organization}
        comboboxProps={{ withinPortal: false }}
        onChange={(value) => setOrganization(value ?? '')}
      />
      <TextInput
        label={t('assets.field.address')}
        placeholder="10.0.4.17"
        data-autofocus
        value={address}
        onChange={(event) => {
          setAddress(event.currentTarget.value);
          lookup.reset();
        }}
      />
      <Button type="submit" disabled={!isHost} loading={lookup.isPending}>
        {t('common.action.search')}
      </Button>
      <div aria-live="polite">
        {lookup.data && <Found asset={lookup.data.asset} prefix={lookup.data.matched_prefix} />}
        {lookup.error && (
          <p className={classes.notFound}>
            {isApiError(lookup.error, 'not_found') ? t('assets.lookup.nobody') : errorText(lookup.error, t)}
          </p>
        )}
      </div>
    </form>
  );
}

function Found({ asset, prefix }: { asset: Asset; prefix: string }) {
  const { t } = useTranslation();
  return (
    <div className={classes.found}>
      <Link to="/assets/$id" params={{ id: asset.id }} className={classes.nameLink}>
        {asset.name}
      </Link>
      <CriticalityLabel criticality={asset.criticality} />
      <span className={classes.dim}>{t('assets.lookup.by', { prefix })}</span>
    </div>
  );
}
