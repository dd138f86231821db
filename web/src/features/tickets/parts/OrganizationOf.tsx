import { useOrganizationName, useOrganizationOptions } from '@/api/organizations';
import classes from './facts.module.css';

/** References repeat from one organization to the next: whoever serves several has to see which. */
export function OrganizationOf({ id }: { id: string }) {
  const nameOf = useOrganizationName();
  if (useOrganizationOptions().length < 2) return null;
  return <span className={classes.dim}>{nameOf(id)}</span>;
}
