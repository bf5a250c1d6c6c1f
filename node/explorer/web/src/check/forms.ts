// The shapes in which the node answers what is checked here.

export interface Point {
  height: number;
  hash: string;
}

export interface Header {
  version: number;
  epoch: number;
  view: number;
  height: number;
  parentView: number;
  parent: string;
  time: number;
  asc: string;
  reveal: string;
  seed: string;
  txRoot: string;
  viewsRoot: string;
  votesRoot: string;
  stateRoot: string;
  rosterHash: string;
  nextRosterHash: string;
  baseFee: string;
}

export interface Member {
  address: string;
  key: string;
  network: string;
  weight: string;
  escrow: string[] | null;
}

export interface Roster {
  epoch: number;
  members: Member[];
}

export interface Statement {
  kind: string;
  epoch: number;
  view: number;
  digest: string;
}

export interface Certificate {
  statement: Statement;
  signers: string;
  signatures: string[] | null;
}

export interface Finality {
  certificate: Certificate;
  headers: { header: Header; signature: string }[];
}

export interface Proof {
  levels: string;
  siblings: string[] | null;
  otherKey: string;
  otherValue: string;
}

export interface Proven {
  root: string;
  exists: boolean;
  value: string;
  proof: Proof;
}

export interface Entry {
  number: number;
  height: number;
  time: number;
  kind: string;
  actor: string;
  key: string;
  tx: string;
  body: string;
}

export interface TrailPart {
  rc: string;
  head: string;
  before: string;
  entries: { entry: Entry; head: string; clear: string }[];
  next: number;
}
