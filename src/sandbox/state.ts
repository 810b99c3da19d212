import type { JWK } from 'jose';

/** The whole of what the sandbox LMS remembers: one JSON document. */
export type State = {
  version: 1;
  /** The newest key signs; all are published, so that a token signed before a rotation stays valid. */
  keys: PlatformKey[];
  tool?: Tool;
  activities: Activity[];
  lineItems: LineItem[];
  /** The last score of each learner on each line item. */
  scores: Score[];
  /** Things that serve once: registration tokens, message hints, deep-linking tickets. By their own name. */
  tickets: Record<string, Ticket>;
  /** `jti`s and nonces the tool has used, with the time (ms) until which they are remembered. */
  used: Record<string, number>;
};

export type PlatformKey = { kid: string; privateKey: JWK; publicKey: JWK };

/** What the tool registered (LTI Dynamic Registration 1.0 §3.5), and at which addresses both stood then. */
export type Tool = {
  clientId: string;
  deploymentId: string;
  platformUrl: string;
  toolUrl: string;
  name: string;
  initiateLoginUri: string;
  redirectUris: string[];
  jwksUri: string;
  targetLinkUri: string;
  /** Where deep-linking requests go; undefined: the tool has none. */
  deepLink?: { uri: string; custom: Record<string, string> };
  /** Where requests to see a learner's work go; undefined: the tool shows none. */
  reviewUri?: string;
  scopes: string[];
  claims: string[];
  custom: Record<string, string>;
  registeredAt: string;
};

/** A link on the course page. Its id is the `resource_link.id` of launches. */
export type Activity = {
  id: string;
  title: string;
  description?: string;
  url: string;
  custom: Record<string, string>;
  icon?: string;
  target: 'iframe' | 'window';
  createdAt: string;
};

/** AGS 2.0 §3.2; a column of the gradebook. */
export type LineItem = {
  id: string;
  label: string;
  scoreMaximum: number;
  resourceId?: string;
  tag?: string;
  resourceLinkId?: string;
  startDateTime?: string;
  endDateTime?: string;
};

/** AGS 2.0 §3.4, as the tool sent it. */
export type Score = {
  lineItem: string;
  userId: string;
  timestamp: string;
  receivedAt: string;
  activityProgress: string;
  gradingProgress: string;
  scoreGiven?: number;
  scoreMaximum?: number;
  comment?: string;
};

export type Ticket = {
  expires: number;
} & (
  | { kind: 'registration' }
  | { kind: 'launch'; person: string; activity: string; target: 'iframe' | 'window' }
  | { kind: 'review'; person: string; activity: string; learner: string; target: 'iframe' | 'window' }
  | { kind: 'pick'; person: string; target: 'iframe' | 'window' }
  | { kind: 'return'; person: string; data: string }
);

export function emptyState(): State {
  return { version: 1, keys: [], activities: [], lineItems: [], scores: [], tickets: {}, used: {} };
}
