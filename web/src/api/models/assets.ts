// The CMDB, as the API tells of it.

import type { AssetRef, Criticality } from '@/api/model';

export type AssetKind =
  | 'server'
  | 'workstation'
  | 'network'
  | 'firewall'
  | 'database'
  | 'application'
  | 'cloud'
  | 'iot'
  | 'mobile'
  | 'other';

export type AssetState = 'planned' | 'active' | 'retired';

export type RelationKind = 'depends_on' | 'runs_on' | 'connects_to' | 'part_of';

export interface Asset {
  id: string;
  organization_id: string;
  name: string;
  kind: AssetKind;
  criticality: Criticality;
  state: AssetState;
  owner: string | null;
  department: string | null;
  description: string | null;
  is_internet_facing: boolean;
  addresses: string[];
  hostnames: string[];
  tags: string[];
  version: number;
  created_at: string;
  updated_at: string;
}

export interface AssetRelation {
  id: string;
  kind: RelationKind;
  direction?: 'outgoing' | 'incoming';
  asset: AssetRef;
}

export interface AssetDetail extends Asset {
  relations: AssetRelation[];
  open_tickets: number;
}

export type AssetInput = Omit<Asset, 'id' | 'version' | 'created_at' | 'updated_at'>;

export interface AssetImportOutcome {
  rows?: number;
  creates?: number;
  updates?: number;
  errors?: { row: number; column: string | null; message: string }[];
  error_count?: number;
  ignored_columns?: string[];
  preview?: { row: number; action: 'create' | 'update' | 'unchanged' | 'skip'; asset: Asset }[];
  created?: number;
  updated?: number;
  unchanged?: number;
  skipped?: number;
}

// Dashboard
