// The API's nouns under the names the application uses. The shapes are the server's own: `make openapi` writes them.

import type { components } from './generated/schema';

type Schemas = components['schemas'];

/** A noun of which the document says less than the server does, made precise. */
type Precise<Noun, Known> = Omit<Noun, keyof Known> & Known;

/** A list by cursor; the last page has no next one. */
export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}

export type Problem = Pick<Schemas['Problem'], 'status' | 'code'> & Partial<Schemas['Problem']>;

// Words

export type ColorScheme = Schemas['ColorScheme'];
export type Level = Schemas['Severity'];
export type Stage = Schemas['Stage'];
export type Verdict = Schemas['Verdict'];
export type Impact = Schemas['Impact'];
export type Criticality = Schemas['Criticality'];
export type Locale = Schemas['Locale'];
export type Period = '24h' | '7d' | '30d' | '90d';
export type Position = Schemas['Place'];

// People

export type Me = Schemas['Me'];
export type QrCode = Schemas['QrCode'];
export type ProviderLink = Schemas['LinkedProvider'];
export type SecondFactor = Schemas['SecondFactor'];
export type SecondFactorMethod = Schemas['Method'];
export type Passkey = Schemas['PasskeyView'];
export type OrganizationRef = Schemas['MyOrganization'];
export type Organization = Schemas['Organization'];
export type KeptSecret = Schemas['KeptSecretView'];
export type SessionInfo = Schemas['SessionView'];
export type Membership = Schemas['MembershipView'];
export type User = Schemas['User'];
export type PersonRef = Schemas['Person'];
export type Role = Schemas['RoleView'];
export type RoleMatrix = Schemas['RoleMatrix'];
export type DecisionReason = Schemas['DecisionReason'];
export type Explanation = Schemas['Explanation'];
export type KeptDecision = Schemas['KeptDecision'];
export type PolicyPreview = Schemas['Preview'];
export type AuditRecord = Schemas['AuditRecord'];
export type InstallationStatus = Schemas['InstallationStatus'];
export type ProcessStatus = Schemas['ProcessStatus'];
export type LatencyBound = Schemas['LatencyBound'];
export type SignInStep = Schemas['SignInStep'];
export type FindingStatus = Schemas['FindingStatus'];
export type FollowerStatus = Schemas['FollowerStatus'];
export type ActorKind = 'user' | 'service' | 'source' | 'system';

// Intake

export type Source = Schemas['Source'];
export type SourceKind = Schemas['SourceKind'];
export type SourceCounts = Schemas['SourceCounts'];
export type SourceMapping = Schemas['NewSourceOrganization'];
export type ListenerReport = Schemas['ListenerReport'];
export type NodeReport = Schemas['NodeReport'];
export type UnknownSender = Schemas['UnknownSender'];
export type EventItem = Schemas['EventItem'];
export type EventDetail = Schemas['EventDetail'];
export type EventHistogram = Schemas['EventHistogram'];
export type QuarantineItem = Schemas['QuarantineItem'];
export type QuarantineDetail = Schemas['QuarantineDetail'];

// Rules

export type RuleSummary = Schemas['RuleSummary'];
export type RuleDetail = Schemas['RuleDetail'];
export type RuleNumbers = Schemas['RuleNumbers'];
export type RuleSuppression = Schemas['RuleSuppression'];
export type RuleTestResult = Schemas['RuleTestResult'];
export type DryRunResult = Schemas['DryRunResult'];
export type ImportedRule = Schemas['ImportedRule'];

// Alerts

export type Alert = Schemas['Alert'];
export type AlertState = Schemas['AlertState'];
export type Entry = Pick<Schemas['Entity'], 'attribute' | 'value' | 'note'> & { label?: string };
export type AlertDetail = Precise<
  Schemas['AlertDetail'],
  {
    sources: Entry[];
    targets: Entry[];
    details: Entry[];
    problems: Schemas['FieldError'][];
    urgency_terms: UrgencyTerm[];
  }
>;
export type AlertPolicy = Schemas['AlertPolicy'];
export type RawPayload = Schemas['RawPayload'];
export type UrgencyTerm = Schemas['UrgencyTerm'];

// Tickets

export type TicketSummary = Schemas['TicketSummary'];
export type Ticket = Schemas['Ticket'];
export type TicketRef = Schemas['TicketRef'];
export type SimilarTicket = Schemas['Similar'];
export type TicketChange = Schemas['TicketChange'];
export type NewTicket = Schemas['NewTicket'];
export type CloseInput = Schemas['Ending'];
export type AssetCard = Schemas['AssetCard'] & Pick<Schemas['AssetContent'], 'kind' | 'hostnames' | 'tags'>;
export type LinkKind = Schemas['LinkKind'];
export type Entity = Schemas['Entity'];
export type Activity = Schemas['Activity'];
export type TicketComment = Schemas['Comment'];
export type Attachment = Schemas['Attachment'];
export type SavedView = Schemas['View'];
export type BulkChange = Partial<Schemas['Change']>;
export type Notice = Schemas['Notice'];

// Assets

export type Asset = Schemas['Asset'];
export type AssetKind = Schemas['AssetKind'];
export type AssetState = Schemas['AssetState'];
export type AssetDetail = Schemas['AssetDetail'];
export type AssetRelation = Schemas['AssetRelation'];
export type AssetInput = Schemas['NewAsset'];
export type RelationKind = Schemas['RelationKind'];
export type ImportPreview = Schemas['ImportPreview'];
export type ImportResult = Schemas['ImportResult'];

// Dashboard

export type Dashboard = Schemas['Dashboard'];
export type DashboardTiles = Schemas['Figures'];
