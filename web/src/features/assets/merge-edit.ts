import type { Asset } from '@/api/model';

export const EDITED_FIELDS = [
  'name',
  'kind',
  'criticality',
  'state',
  'owner',
  'department',
  'description',
  'is_internet_facing',
  'addresses',
  'hostnames',
  'tags',
] as const;

export type EditedField = (typeof EDITED_FIELDS)[number];
export type EditedValues = Pick<Asset, EditedField>;

export function editedValues(asset: Asset): EditedValues {
  return Object.fromEntries(EDITED_FIELDS.map((field) => [field, asset[field]])) as unknown as EditedValues;
}

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Only what differs travels, so that two people who change different things do not meet. */
export function changedFields(before: EditedValues, after: EditedValues): Partial<EditedValues> {
  const changed = EDITED_FIELDS.filter((field) => !isSame(before[field], after[field]));
  return Object.fromEntries(changed.map((field) => [field, after[field]]));
}

export interface EditMerge {
  /** Theirs where only they changed something, ours everywhere else. */
  values: EditedValues;
  /** What they changed and we did not. */
  taken: EditedField[];
  /** What both changed, differently: a person decides. */
  conflicts: EditedField[];
}

/** Brings together what was read, what somebody else has saved since, and what is in the form. */
export function mergeEdit(base: EditedValues, theirs: EditedValues, mine: EditedValues): EditMerge {
  const taken: EditedField[] = [];
  const conflicts: EditedField[] = [];
  for (const field of EDITED_FIELDS) {
    const isTheirs = !isSame(base[field], theirs[field]);
    const isMine = !isSame(base[field], mine[field]);
    if (isTheirs && !isMine) taken.push(field);
    if (isTheirs && isMine && !isSame(theirs[field], mine[field])) conflicts.push(field);
  }
  const values = { ...mine, ...Object.fromEntries(taken.map((field) => [field, theirs[field]])) };
  return { values, taken, conflicts };
}
