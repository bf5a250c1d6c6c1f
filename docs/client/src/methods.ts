// The types of all methods, messages, actions and topics of a Probity node.
// Generated from docs/openrpc.json by `make generate`; do not edit.

export interface ASC {
  id: Hash;
  producer: Address;
  key: PublicKey;
  weight: Weight;
  commitment: Bytes;
  salts: number;
}

/** What a proposal does when it is executed. */
export type Action =
  | { route: "params"; message: "set"; body: ParamsSet }
  | { route: "bank"; message: "spend"; body: BankSpend }
  | { route: "availability"; message: "upgrade"; body: AvailabilityUpgrade }
  | { route: "availability"; message: "cancel"; body: AvailabilityCancel }
  | { route: "forum"; message: "reward"; body: ForumReward }
  | { route: "forum"; message: "vouch"; body: ForumVouch }
  | { route: "legislature"; message: "activate"; body: LegislatureActivate }
  | { route: "dcert"; message: "revoke"; body: DcertRevoke }
  | { route: "dcert"; message: "slash"; body: DcertSlash }
  | { route: "dcert"; message: "disband"; body: DcertDisband }
  | { route: "release"; message: "set_grounds"; body: ReleaseSetGrounds }
  | { route: "release"; message: "activate"; body: ReleaseActivate }
  | { route: "release"; message: "set_watchtowers"; body: ReleaseSetWatchtowers }
  | { route: "contribution"; message: "order"; body: ContributionOrder }
  | { route: "contribution"; message: "access"; body: ContributionAccess }
  | { route: "contribution"; message: "reset"; body: ContributionReset }
  | { route: "contribution"; message: "require"; body: ContributionRequire }
  | { route: "contribution"; message: "custody"; body: ContributionCustody }
  | { route: "contribution"; message: "policy"; body: ContributionPolicy }
  | { route: "contribution"; message: "repository"; body: ContributionRepository }
  | { route: "oracle"; message: "register"; body: OracleRegister }
  | { route: "oracle"; message: "dismiss"; body: OracleDismiss };

/** An account: bech32m of the first 20 bytes of the BLAKE3-256 hash of its public key. */
export type Address = `prb1${string}`;

/** Base units (10⁻⁹ of $ or REP) as decimal digits, below 2¹²⁸. Input also takes 0x digits or a whole number. */
export type Amount = string;

export interface Attr {
  key: string;
  value: string;
}

export interface Block {
  digest: Hash;
  header: Header;
  signature: Signature;
  txs: unknown[] | null;
  votes: Certificate[] | null;
  views: ViewRecord[] | null;
}

/** Bytes: 0x and hex digits. */
export type Bytes = `0x${string}`;

export interface Certificate {
  statement: Statement;
  signers: Bytes;
  signatures: Signature[] | null;
  attachment: Bytes;
}

export interface ChainStatus {
  chain: string;
  genesis: Hash;
  version: number;
  finalized: Point;
  time: Time;
  epoch: Epoch;
  view: View;
  baseFee: Amount;
  best: Height;
  syncing: boolean;
}

export interface DecodedMsg {
  route: string;
  message: string;
  body: unknown;
}

export interface DecodedTx {
  hash: Hash;
  from: Address;
  sender: PublicKey;
  nonce: number;
  feeMax: Amount;
  feePayer: Address | null;
  validUntil: Height;
  messages: DecodedMsg[] | null;
  size: number;
}

/** A stretch of blocks that share a roster. */
export type Epoch = number;

export interface Event {
  route: string;
  name: string;
  attrs: Attr[] | null;
}

export interface EventAt {
  height: Height;
  tx: Hash | null;
  event: Event;
}

export interface Events {
  items: EventAt[] | null;
  cursor: string | null;
}

export interface Explanation {
  from: Height;
  to: Height;
  before: RepBooks | null;
  after: RepBooks | null;
  items: RepChange[] | null;
  cursor: string | null;
}

export interface FinalBlock {
  height: Height;
  hash: Hash;
  epoch: Epoch;
  view: View;
  time: Time;
  asc: Hash;
  stateRoot: Hash;
  baseFee: Amount;
  txs: number;
}

export interface Finality {
  certificate: Certificate;
  headers: SignedHeader[] | null;
}

export interface Finding {
  check: string;
  ok: boolean;
  got: string;
  want: string;
  fix: string;
}

/** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
export type Hash = `0x${string}`;

export interface Header {
  version: number;
  epoch: Epoch;
  view: View;
  height: Height;
  parentView: View;
  parent: Hash;
  time: Time;
  asc: Hash;
  reveal: Bytes;
  seed: Hash;
  txRoot: Hash;
  viewsRoot: Hash;
  votesRoot: Hash;
  stateRoot: Hash;
  rosterHash: Hash;
  nextRosterHash: Hash;
  baseFee: Amount;
}

export interface HeaderInfo {
  digest: Hash;
  header: Header;
  signature: Signature;
}

/** Height of a block; the genesis is 0. */
export type Height = number;

/** What a signed statement says. */
export type Kind = "propose" | "notarize" | "nullify" | "reject" | "finalize";

export interface LimitsInfo {
  batch: number;
  bytesIn: number;
  bytesOut: number;
  concurrent: number;
  waits: number;
  sockets: number;
  subscriptions: number;
  behind: number;
  rate: number;
  burst: number;
  timeoutMs: number;
  waitMaxMs: number;
  weights: Record<string, number>;
}

export interface Member {
  address: Address;
  key: PublicKey;
  network: Bytes;
  weight: Weight;
  escrow: Bytes[] | null;
}

export interface MemberProof {
  member: Member;
  index: number;
  size: number;
  path: Hash[] | null;
}

export interface NewBlock {
  height: Height;
  hash: Hash;
  epoch: Epoch;
  view: View;
  time: Time;
  asc: Hash;
  txs: number;
}

export interface NodeStatus {
  software: string;
  protocol: number;
  peerId: string;
  account: Address | null;
  consensus: PublicKey;
  member: boolean;
  producer: boolean;
  finalized: Point;
  syncing: boolean;
  peers: number;
  mempoolTxs: number;
  mempoolBytes: number;
  uptimeMs: number;
  upgrade: Upgrade | null;
}

/** Parts per million. */
export type PPM = number;

export interface Peer {
  id: string;
  address: string;
  inbound: boolean;
  score: number;
  latencyMs: number;
  since: number;
}

export interface PeerChange {
  id: string;
  connected: boolean;
  peers: number;
}

export interface Plan {
  epoch: Epoch;
  first: Height;
  blocks: number;
  roster: Roster;
  list: ASC[] | null;
  seed: Hash;
  scheme: Scheme;
  selection: Selection;
  stride: number;
  interval: Time;
  lead: number;
  degraded: boolean;
  bound: Hash;
}

export interface Point {
  height: Height;
  hash: Hash;
}

export interface Prepared {
  unsigned: Bytes;
  signBytes: Bytes;
  summary: string;
  tx: DecodedTx;
}

export interface Proven {
  root: Hash;
  exists: boolean;
  value: Bytes;
  proof: ProofProof;
  encoded: Bytes;
}

/** An ed25519 public key: 0x and 64 hex digits. */
export type PublicKey = `0x${string}`;

export interface Receipt {
  tx: Hash;
  height: Height;
  index: number;
  code: number;
  kind: string;
  text: string;
  weight: number;
  charged: Amount;
  events: Event[] | null;
}

export interface Rejected {
  header: SignedHeader;
  rejects: Certificate | null;
  notarizes: Certificate | null;
}

export interface RepBooks {
  wrep: Amount;
  grep: Amount;
}

export interface RepChange {
  height: Height;
  tx: Hash | null;
  book: "wREP" | "gREP";
  kind: string;
  gain: boolean;
  amount: Amount;
  cause: string;
  other: Address | null;
  by: Event | null;
  balance: Amount | null;
}

export interface Roster {
  epoch: Epoch;
  members: Member[] | null;
}

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Beacon scheme: 1 hashed, 2 recoverable. */
export type Scheme = number;

/** Selection of producers: 1 cycle, 2 lottery. */
export type Selection = number;

/** A final block: its height (a number, or a string of decimal or 0x digits), its hash (0x and 64 digits), "latest" or "finalized" (the last final block) or "genesis". */
export type Selector = number | string;

/** An ed25519 signature: 0x and 128 hex digits. */
export type Signature = `0x${string}`;

export interface SignedHeader {
  header: Header;
  signature: Signature;
}

/** How far a transaction has come. */
export type Stage = "pending" | "included" | "final";

export interface StateEntry {
  key: Bytes;
  value: Bytes;
}

export interface StatePage {
  root: Hash;
  items: StateEntry[] | null;
  next: Bytes;
}

export interface Statement {
  kind: Kind;
  epoch: Epoch;
  view: View;
  digest: Hash;
}

/** Milliseconds since the Unix epoch. */
export type Time = number;

/** newBlocks, finalized, pools, repChanges, governance, evidence, circuits or peers. */
export type Topic = "newBlocks" | "finalized" | "pools" | "repChanges" | "governance" | "evidence" | "circuits" | "peers";

export interface TxState {
  hash: Hash;
  stage: Stage;
  at: Point | null;
  tx: DecodedTx;
  raw: Bytes;
  receipt: Receipt | null;
}

export interface Upgrade {
  protocol: number;
  height: Height;
  signalled: Weight;
  needed: Weight;
  ready: boolean;
  supported: boolean;
}

/** An attempt to add a block, counted from 1 within an epoch. */
export type View = number;

export interface ViewRecord {
  epoch: Epoch;
  view: View;
  nullification: Certificate | null;
  salt: Bytes;
  rejected: Rejected[] | null;
}

/** Whole REP as decimal digits, below 2⁶². */
export type Weight = string;

export interface AvailabilityASCProof {
  asc: ASC;
  index: number;
  path: Hash[] | null;
}

export interface AvailabilityAccount {
  address: Address;
  seat: AvailabilityRegistration | null;
  member: Weight;
  contract: AvailabilityContract | null;
  next: AvailabilityContract | null;
  misses: number;
  jailed: boolean;
  convicted: Height;
}

export interface AvailabilityAddSalts {
  epoch: Epoch;
  commitment: Bytes;
  salts: number;
}

export interface AvailabilityBench {
  key: PublicKey;
  network: Bytes;
  escrow: Bytes[] | null;
  possession: Bytes;
  proof: Signature;
}

export interface AvailabilityCancel {
  height: Height;
  protocol: number;
}

export interface AvailabilityContract {
  epoch: Epoch;
  id: Hash;
  producer: Address;
  key: PublicKey;
  weight: Weight;
  commitment: Bytes;
  salts: number;
}

export interface AvailabilityFrozen {
  roster: Roster;
  hash: Hash;
  weight: Weight;
  quorum: Weight;
}

export type AvailabilityLeave = Record<string, unknown>;

export interface AvailabilityRegister {
  epoch: Epoch;
  weight: Weight;
  key: PublicKey;
  commitment: Bytes;
  salts: number;
  proof: Signature;
}

export interface AvailabilityRegistration {
  address: Address;
  key: PublicKey;
  network: Bytes;
  weight: Weight;
}

export type AvailabilityResume = Record<string, unknown>;

export interface AvailabilitySignal {
  protocol: number;
}

export interface AvailabilityUpgrade {
  height: Height;
  protocol: number;
  reset: string[] | null;
}

export interface AvailabilityUpgradeState {
  protocol: number;
  plan: AvailabilityUpgrade | null;
  signalled: Weight;
  needed: Weight;
  ready: boolean;
  waiting: Address[] | null;
  last: AvailabilityUpgrade | null;
  since: Height;
}

export interface BankAccount {
  address: Address;
  balance: Amount;
  nonce: number;
}

export interface BankAllow {
  spender: Address;
  perEpoch: Amount;
}

export interface BankAllowance {
  perEpoch: Amount;
  left: Amount;
}

export interface BankFee {
  baseFee: Amount;
  min: Amount;
}

export interface BankMoney {
  supply: Amount;
  genesis: Amount;
  minted: Amount;
  burned: Amount;
  treasury: Amount;
  salaryPot: Amount;
  governancePot: Amount;
}

export interface BankRevoke {
  spender: Address;
}

export interface BankSend {
  to: Address;
  amount: Amount;
}

export interface BankSpend {
  to: Address;
  amount: Amount;
}

export interface BeaconDrawn {
  view: View;
  asc: Hash;
  producer: Address;
  salt: number;
  seed: Hash;
}

export interface BeaconSeeds {
  epoch: Epoch;
  start: Hash;
  view: View;
  seed: Hash;
  scheme: Scheme;
  revealed: Hash;
}

export interface ContributionAccess {
  document: string;
  to: Address;
  recipient: string;
  reason: string;
}

export interface ContributionApprove {
  repo: string;
  branch: string;
  head: Bytes;
  author: Address;
}

export interface ContributionCustody {
  document: string;
  hash: Hash;
  locator: string;
  threshold: number;
  owners: Address[] | null;
}

export interface ContributionDocument {
  document: string;
  hash: Hash;
  locator: string;
  threshold: number;
  owners: Address[] | null;
  version: number;
  to: Address;
  recipient: string;
  reason: string;
  granted: Time;
  state: string;
  overdue: boolean;
}

export interface ContributionDone {
  order: number;
  ok: boolean;
  result: string;
}

export interface ContributionGateAnswer {
  open: boolean;
  requiredPpm: PPM;
  approvingPpm: PPM;
  amount: Amount;
  total: Amount;
  unknown: string[] | null;
}

export interface ContributionHolderView {
  address: Address;
  amount: Amount;
  identity: string;
}

export interface ContributionHolders {
  total: Amount;
  holders: ContributionHolderView[] | null;
  cursor: string;
}

export interface ContributionHolding {
  address: Address;
  amount: Amount;
}

export interface ContributionLeaf {
  identity: string;
  micropoints: number;
  addresses: Address[] | null;
}

export interface ContributionLimits {
  run: number;
  total: Amount;
  approvers: ContributionHolding[] | null;
}

export interface ContributionLink {
  identity: string;
  key: PublicKey;
  signature: Signature;
}

export interface ContributionLinkView {
  identity: string;
  state: string;
  waits: Address;
  listed: Address[] | null;
  linked: Address[] | null;
  earns: Address | null;
  minted: Amount;
  escrow: Amount;
  adopted: boolean;
}

export interface ContributionManifest {
  ruleset: string;
  subject: Hash;
  from: number;
  count: number;
  total: number;
  root: Hash;
}

export interface ContributionMultiplier {
  glob: string;
  ppm: number;
}

export interface ContributionNumbered {
  number: number;
  key: Bytes;
  order: ContributionOrder;
  at: Time;
  done: Time;
  ok: boolean;
  result: string;
}

export interface ContributionOrder {
  repo: string;
  action: string;
  arguments: Bytes;
  bot: Address;
}

export interface ContributionPoints {
  counting: number;
  commit: string;
  total: number;
  leaves: ContributionLeaf[] | null;
  cursor: string;
}

export interface ContributionPolicy {
  exclude: string[] | null;
  multiply: ContributionMultiplier[] | null;
}

export interface ContributionPublishTree {
  interval: number;
  manifest: ContributionManifest;
  index: number;
  chunk: Bytes;
  path: Hash[] | null;
}

export interface ContributionRepository {
  repo: string;
  branch: string;
}

export interface ContributionRequire {
  repo: string;
  branch: string;
  ppm: PPM;
  end: boolean;
}

export interface ContributionReset {
  document: string;
  hash: Hash;
  locator: string;
}

export interface ContributionRules {
  repo: string;
  branch: string;
  text: string;
  hash: Hash;
  exclude: string[] | null;
  multiply: ContributionMultiplier[] | null;
}

export interface ContributionSponsor {
  account: Address;
}

export interface ContributionStatus {
  counting: number;
  stage: string;
  repo: string;
  branch: string;
  commit: string;
  rules: Hash;
  subject: Hash;
  triggered: Time;
  deadline: Time;
  hash: Hash;
  pages: number;
  shown: number;
  before: Amount;
  minted: Amount;
  clamped: boolean;
  total: Amount;
  owed: Amount;
  nextFrom: Time;
  nextAtMost: Amount;
}

export interface ContributionTransfer {
  to: Address;
  amount: Amount;
}

export interface ContributionTrigger {
  repo: string;
  commit: Bytes;
}

export interface CourtAccuse {
  accused: Address;
  charge: "censorship" | "selection" | "role" | "spirit";
  content: Hash;
  inline: Bytes;
  evidence: Hash[] | null;
  posts: CourtClaim[] | null;
  bond: Amount;
}

export interface CourtAppealMsg {
  case: number;
  bond: Amount;
}

export interface CourtCase {
  kind: string;
  stage: string;
  charge: "censorship" | "selection" | "role" | "spirit";
  accuser: Address;
  accused: Address;
  parties: Address[] | null;
  opener: string;
  ref: Hash;
  content: Hash;
  evidence: Hash[] | null;
  posts: CourtClaim[] | null;
  bond: Amount;
  terms: CourtTerms;
  filed: Height;
  round: number;
  draws: Epoch;
  snapshot: number;
  until: Time;
  decisions: CourtDecision[] | null;
  appellant: Address;
  appealBond: Amount;
  pool: number;
  ratio: PPM;
  wrep: Amount;
  grep: Amount;
  ended: Height;
}

export interface CourtClaim {
  post: Hash;
  amount: Amount;
}

export interface CourtCommitMsg {
  case: number;
  commitment: Hash;
}

export interface CourtDecision {
  seats: number;
  guilty: number;
  clear: number;
  hung: boolean;
  ratio: PPM;
}

export interface CourtInfo {
  id: number;
  case: CourtCase;
  outcome: string;
  text: Bytes;
}

export interface CourtRevealMsg {
  case: number;
  ratio: PPM;
  salt: Hash;
}

export interface CourtSeat {
  round: number;
  juror: Address;
  stake: Amount;
  committed: boolean;
  revealed: boolean;
  ratio: PPM;
}

export interface CourtTerms {
  panel: number;
  appealPanel: number;
  panelMin: number;
  stake: Amount;
  silencePpm: PPM;
  minorityPpm: PPM;
  maxPpm: PPM;
  quorumPpm: PPM;
  winPpm: PPM;
  lossPpm: PPM;
  commit: Time;
  reveal: Time;
  window: Time;
  ratify: Time;
  appealBond: Amount;
}

export interface CourtVote {
  case: number;
  for: boolean;
  amount: Amount;
}

export type DcertAccept = Record<string, unknown>;

export interface DcertBondFor {
  member: Address;
  amount: Amount;
}

export interface DcertBonded {
  required: Amount;
  total: Amount;
  bonds: DcertStake[] | null;
  withdrawals: DcertWithdrawal[] | null;
}

export interface DcertCandidate {
  address: Address;
  votes: Amount;
  member: boolean;
  queued: boolean;
}

export interface DcertCircuit {
  message: string;
  trip: number;
  since: Time;
  height: Height;
  by: Address;
  commitment: Hash;
  motive: string;
}

export interface DcertCommitReport {
  commitment: Hash;
}

export interface DcertDescribe {
  text: string;
}

export interface DcertDisband {
  slashPPM: PPM;
}

export interface DcertHalt {
  proposal: Hash;
  proposer: Address;
  since: Time;
  wager: Amount;
}

export type DcertLeave = Record<string, unknown>;

export interface DcertMember {
  address: Address;
  sequence: number;
  since: Height;
  votes: Amount;
  bonded: Amount;
  suspended: Time;
  description: string;
}

export interface DcertOpenReport {
  content: Hash;
  salt: Hash;
  locator: string;
}

export interface DcertPreapprove {
  hash: Hash;
}

export interface DcertPrefer {
  shares: DcertShare[] | null;
}

export interface DcertReport {
  commitment: Hash;
  by: Address;
  height: Height;
  opened: Height;
  content: Hash;
  locator: string;
}

export interface DcertRevealMotive {
  trip: number;
  motive: Bytes;
  salt: Hash;
}

export interface DcertRevoke {
  member: Address;
}

export interface DcertShare {
  address: Address;
  ppm: PPM;
}

export interface DcertSlash {
  member: Address;
  ppm: PPM;
}

export interface DcertStake {
  bonder: Address;
  amount: Amount;
}

export interface DcertState {
  enabled: boolean;
  halted: DcertHalt | null;
  open: string[] | null;
  voters: number;
  counting: boolean;
  disband: Time;
}

export interface DcertSuspend {
  member: Address;
}

export interface DcertTrip {
  messages: string[] | null;
  commitment: Hash;
}

export interface DcertTripped {
  id: number;
  by: Address;
  height: Height;
  messages: string[] | null;
  commitment: Hash;
  motive: string;
}

export interface DcertUnbond {
  member: Address;
  amount: Amount;
}

export interface DcertWaiting {
  outgoing: Address;
  newcomer: Address;
  at: Time;
}

export interface DcertWithdrawal {
  id: number;
  bonder: Address;
  amount: Amount;
  until: Height;
}

export interface EvidenceHeader {
  header: SignedHeader;
  parent: Header | null;
  producer: AvailabilityASCProof;
}

export interface EvidenceProposals {
  a: SignedHeader;
  b: SignedHeader;
  producer: AvailabilityASCProof;
}

export interface EvidencePunished {
  epoch: Epoch;
  view: View;
  account: Address;
  offence: string;
  height: Height;
}

export interface EvidenceSigned {
  statement: Statement;
  signature: Signature;
}

export interface EvidenceSubmit {
  votes: EvidenceVotes | null;
  proposals: EvidenceProposals | null;
  header: EvidenceHeader | null;
}

export interface EvidenceVotes {
  a: EvidenceSigned;
  b: EvidenceSigned;
  member: MemberProof;
}

export interface ForumAuthor {
  address: Address;
  ppm: PPM;
}

export interface ForumAuthorView {
  address: Address;
  account: Address;
  ppm: PPM;
}

export interface ForumCarried {
  post: Hash;
  kind: string;
  amount: Amount;
}

export interface ForumChange {
  number: number;
  height: Height;
  kind: string;
  amount: Amount;
  change: string;
  cause: string;
  path: Hash[] | null;
  edges: ForumCarried[] | null;
}

export interface ForumEdge {
  from: Hash;
  to: Hash;
  ppm: number;
  wrep: Amount;
  grep: Amount;
}

export interface ForumExplanation {
  post: Hash;
  book: "wREP" | "gREP";
  initial: Amount;
  value: Amount;
  changes: ForumChange[] | null;
  cursor: string;
}

export interface ForumFund {
  post: Hash;
  fee: Amount;
}

export interface ForumGraph {
  nodes: ForumNode[] | null;
  edges: ForumEdge[] | null;
  cursor: string;
}

export interface ForumList {
  posts: ForumNode[] | null;
  cursor: string;
}

export interface ForumNeighbours {
  references: ForumEdge[] | null;
  citations: ForumEdge[] | null;
  cursor: string;
}

export interface ForumNode {
  post: Hash;
  number: number;
  height: Height;
  publisher: Address;
  wrep: Amount;
  grep: Amount;
  pool: number;
}

export interface ForumPostView {
  post: Hash;
  number: number;
  height: Height;
  time: Time;
  publisher: Address;
  content: Hash;
  inline: Bytes;
  authors: ForumAuthorView[] | null;
  references: ForumReference[] | null;
}

export interface ForumPublish {
  content: Hash;
  inline: Bytes;
  authors: ForumAuthor[] | null;
  references: ForumReference[] | null;
}

export interface ForumReference {
  post: Hash;
  ppm: number;
}

export interface ForumReward {
  post: Hash;
  book: "wREP" | "gREP";
  amount: Amount;
  cause: string;
}

export interface ForumStake {
  post: Hash;
  for: boolean;
  amount: Amount;
}

export interface ForumTotals {
  book: "wREP" | "gREP";
  posts: number;
  value: Amount;
  entered: Amount;
  burned: Amount;
  taken: Amount;
  incinerator: Hash;
}

export interface ForumVouch {
  post: Hash;
  author: Address;
}

export interface ForumWorth {
  post: Hash;
  block: boolean;
  wrep: Amount;
  grep: Amount;
  wrepGained: Amount;
  grepGained: Amount;
  pool: number;
}

export interface LegislatureActivate {
  post: Hash;
  changes: ParamsChange[] | null;
  protocol: number;
}

export interface LegislatureAppointment {
  state: "draft" | "nonbinding" | "half" | "binding" | "queued" | "executed" | "failed" | "expired" | "withdrawn" | "vetoed" | "rejected";
  until: Time;
}

export interface LegislatureBacking {
  address: Address;
  amount: Amount;
}

export interface LegislatureBalanceDiff {
  address: Address;
  name: string;
  asset: string;
  from: Amount;
  to: Amount;
}

export interface LegislatureBrief {
  number: number;
  id: Hash;
  title: string;
  proposer: Address;
  post: Hash;
  actions: string[] | null;
  state: string;
  grave: boolean;
  until: Time;
}

export interface LegislatureContract {
  version: number;
  post: Hash;
  protocol: number;
  changes: ParamsChange[] | null;
  from: Epoch;
}

export interface LegislatureContracts {
  active: LegislatureContract | null;
  upcoming: LegislatureContract | null;
  history: LegislatureContract[] | null;
  rules: LegislatureRule[] | null;
}

export interface LegislatureDeposit {
  proposal: number;
  amount: Amount;
}

export interface LegislatureEarning {
  book: "wREP" | "gREP";
  amount: Amount;
  cause: string;
  waits: boolean;
}

export interface LegislatureEventOfAction {
  route: string;
  name: string;
  attrs: Attr[] | null;
}

export interface LegislatureExecute {
  proposal: number;
}

export interface LegislatureFailure {
  action: number;
  code: number;
  kind: string;
}

export interface LegislatureFinding {
  kind: string;
  action: number;
  text: string;
}

export interface LegislatureForecast {
  ok: boolean;
  errors: LegislatureProblem[] | null;
  params: LegislatureParamDiff[] | null;
  balances: LegislatureBalanceDiff[] | null;
  contract: LegislatureContract | null;
  earned: LegislatureEarning[] | null;
  capped: boolean;
  fee: Amount;
  deposit: Amount;
  grave: boolean;
  rescue: boolean;
  urgent: boolean;
  deciding: LegislatureThreshold[] | null;
  timetable: LegislatureAppointment[] | null;
  lint: LegislatureFinding[] | null;
  events: LegislatureEventOfAction[] | null;
}

export interface LegislatureInfo {
  number: number;
  id: Hash;
  title: string;
  proposer: Address;
  post: Hash;
  text: Bytes;
  actions: { route: string; message: string; body: Record<string, unknown> }[] | null;
  fee: Amount;
  state: string;
  grave: boolean;
  rescue: boolean;
  urgent: boolean;
  books: string | null;
  submitted: Height;
  ended: Height;
  bond: "wREP" | "gREP";
  deposit: Amount;
  deposited: Amount;
  backers: LegislatureBacking[] | null;
  terms: LegislatureTerms | null;
  until: Time;
  ready: Time;
  results: LegislatureResult[] | null;
  earned: Amount;
  failure: LegislatureFailure | null;
}

export interface LegislatureLaw {
  book: "wREP" | "gREP";
  governance: boolean;
  since: Epoch;
  ordinary: LegislatureTerms;
  grave: LegislatureTerms;
  stages: Time[] | null;
  draft: Time;
  deposit: Amount;
  feeMin: Amount;
  open: number;
  openMax: number;
}

export interface LegislatureParamDiff {
  name: string;
  from: number;
  to: number;
  unit: string;
  classA: boolean;
  doc: string;
}

export interface LegislatureProblem {
  action: number;
  kind: string;
  text: string;
  got: string;
  want: string;
}

export interface LegislatureResult {
  stage: "draft" | "nonbinding" | "half" | "binding" | "queued" | "executed" | "failed" | "expired" | "withdrawn" | "vetoed" | "rejected";
  book: "wREP" | "gREP";
  pool: number;
  for: Amount;
  against: Amount;
  veto: Amount;
  outcome: RouteOutcome;
  height: Height;
}

export interface LegislatureRule {
  name: string;
  value: number;
}

export interface LegislatureStake {
  book: "wREP" | "gREP";
  voter: Address;
  side: "for" | "against" | "veto";
  stake: Amount;
}

export interface LegislatureStanding {
  proposal: number;
  stage: string;
  until: Time;
  terms: LegislatureTerms;
  books: LegislatureTally[] | null;
}

export interface LegislatureSubmit {
  title: string;
  post: Hash;
  inline: Bytes;
  actions: Action[] | null;
  fee: Amount;
  deposit: Amount;
}

export interface LegislatureTally {
  book: "wREP" | "gREP";
  pool: number;
  for: Amount;
  against: Amount;
  veto: Amount;
  supply: Amount;
  missing: Amount;
  passing: boolean;
  vetoed: boolean;
}

export interface LegislatureTerms {
  period: Time;
  delay: Time;
  expiry: Time;
  quorumPpm: PPM;
  passPpm: PPM;
  lossPpm: PPM;
}

export interface LegislatureThreshold {
  book: "wREP" | "gREP";
  supply: Amount;
  quorum: Amount;
  quorumPpm: PPM;
  passPpm: PPM;
  lossPpm: PPM;
}

export interface LegislatureVote {
  proposal: number;
  side: "for" | "against" | "veto";
  stake: Amount;
  book?: "wREP" | "gREP";
}

export interface LegislatureWithdraw {
  proposal: number;
}

export interface OracleDeclare {
  watchtower: string[] | null;
  treegen: string[] | null;
}

export interface OracleDismiss {
  member: Address;
  fine: Amount;
}

export interface OracleDiversity {
  duty: "watchtower" | "treegen";
  seats: number;
  met: boolean;
  enforced: boolean;
  implementations: OracleShare[] | null;
  authors: OracleShare[] | null;
}

export interface OracleExecute {
  proposal: number;
}

export interface OracleImplementation {
  duty: "watchtower" | "treegen";
  name: string;
  author: Address;
  source: string;
}

export interface OracleMember {
  address: Address;
  joined: Time;
  bond: Amount;
  watchtower: string[] | null;
  treegen: string[] | null;
  challenger: Address | null;
  answerBy: Time;
  leaveBy: Time;
  equivocated: number;
  seen: OracleSighting[] | null;
  healthy: boolean;
}

export type OracleNone = Record<string, unknown>;

export interface OracleOf {
  member: Address;
}

export interface OracleProposal {
  proposal: number;
  action: "invite" | "leave" | "kick";
  target: Address;
  fine: Amount;
  proposer: Address;
  voteFrom: Time;
  voteUntil: Time;
  executeUntil: Time;
  electors: Address[] | null;
  ballots: OracleBallot[] | null;
  passed: boolean;
  executed: boolean;
}

export interface OraclePropose {
  action: "invite" | "leave" | "kick";
  target: Address;
  fine: Amount;
}

export interface OraclePublish {
  duty: "watchtower" | "treegen";
  name: string;
  source: string;
}

export interface OracleRegister {
  open: boolean;
}

export interface OracleShare {
  name: string;
  author: string;
  seats: string;
  ppm: PPM;
  below: boolean;
}

export interface OracleSighting {
  kind: "contribution" | "release-build" | "state" | "salary";
  at: Time;
}

export interface OracleSubmission {
  member: Address;
  hash: Hash;
  implementation: string;
  version: string;
  locator: string;
  trace: Hash | null;
  at: Time;
  status: string;
  conflict: Hash | null;
  agrees: boolean;
}

export interface OracleSubmit {
  kind: "contribution" | "release-build" | "state" | "salary";
  subject: Hash;
  interval: number;
  ruleset: string;
  implementation: string;
  version: string;
  hash: Hash;
  locator: string;
  trace: Hash;
}

export interface OracleTask {
  kind: "contribution" | "release-build" | "state" | "salary";
  subject: Hash;
  opener: string;
  from: number;
  interval: number;
  ruleset: string;
  opened: Time;
  deadline: Time;
  quorumPpm: PPM;
  enforced: boolean;
  standing: string;
  hash: Hash | null;
  seats: OracleSeat[] | null;
  submissions: OracleSubmission[] | null;
}

export interface OracleVote {
  proposal: number;
  for: boolean;
}

export interface OracleBallot {
  by: Address;
  for: boolean;
}

export interface OracleSeat {
  member: Address;
  implementations: string[] | null;
}

export interface ParamsChange {
  name: string;
  value: number;
}

export interface ParamsInForce {
  version: number;
}

export interface ParamsInfo {
  name: string;
  value: number;
  text: string;
  default: number;
  min: number;
  max: number;
  unit: string;
  classA: boolean;
  choices?: string[] | null;
  doc: string;
  pending: number | null;
}

export interface ParamsSet {
  changes: ParamsChange[] | null;
}

export interface ParamsSpan {
  from: Epoch;
  value: number;
}

export interface PoolBallot {
  epoch: Epoch;
  view: View;
  digest: Hash;
  producer: Address;
  encumbered: Amount;
  settles: Height;
  approvers: Address[] | null;
  rejecters: Address[] | null;
  approved: Weight;
  rejected: Weight;
  includers: Address[] | null;
}

export interface PoolBlock {
  height: Height;
  mint: Amount;
  author: Amount;
  pool: PoolBallot;
  refused: PoolBallot[] | null;
}

export interface PoolConfig {
  opener: string;
  ref: Hash;
  book: "wREP" | "gREP";
  deadline: Time;
  quorumPpm: PPM;
  winPpm: PPM;
  bindingPpm: PPM;
  excluded: Address[] | null;
  redistribute: boolean;
  after: number;
  fee: Amount;
  posterPpm: PPM;
}

export interface PoolInfo {
  id: number;
  config: PoolConfig;
  open: boolean;
  opened: Height;
  supply: Amount;
  eligible: Amount;
  for: Amount;
  against: Amount;
  outcome: string;
  quorumMet: boolean;
  closed: Height;
}

export interface PoolStaked {
  voter: Address;
  for: boolean;
  amount: Amount;
}

export interface ProofProof {
  levels: Hash;
  siblings: Hash[] | null;
  otherKey: Hash;
  otherValue: Hash;
}

export interface ReleaseActivate {
  rc: Hash;
  height: Height;
}

export interface ReleaseAppeal {
  role: "ctr" | "auditor";
  address: Address;
}

export interface ReleaseApplicant {
  address: Address;
  college: "activists" | "technologists";
  sponsor: Address | null;
  earliest: Time;
  expires: Time;
  endorsed: Address[] | null;
  vetoed: Address[] | null;
}

export interface ReleaseApply {
  college: "activists" | "technologists";
}

export interface ReleaseAudit {
  rc: Hash;
  pass: boolean;
  missing: string;
  reports: ReleaseAudited[] | null;
}

export interface ReleaseAudited {
  auditor: Address;
  status: "GO" | "GO_WITH_WARNINGS" | "NO_GO";
  report: Hash;
  official: boolean;
  counts: boolean;
  ctr: boolean;
  teamOnly: boolean;
  disclosed: boolean;
  locator: string;
  time: Time;
  stake: Amount;
  challenged: boolean;
}

export interface ReleaseAuditor {
  address: Address;
  active: boolean;
  since: Time;
  charge: string;
  ground: number;
  until: Time;
}

export interface ReleaseAuditors {
  auditors: ReleaseAuditor[] | null;
  grounds: ReleaseGround[] | null;
}

export interface ReleaseBallot {
  rc: Hash;
  choice: "yes" | "no" | "abstain";
}

export interface ReleaseBinary {
  name: string;
  hash: Hash;
}

export interface ReleaseCandidacy {
  address: Address;
  sponsor: Address;
  expires: Time;
  endorsed: Address[] | null;
}

export interface ReleaseCandidate {
  rc: Hash;
  number: number;
  stage: "auditing" | "voting" | "rejected" | "approved" | "triggered" | "built" | "published" | "scheduled" | "active" | "expired" | "superseded" | "withdrawn";
  repo: string;
  commit: Bytes;
  version: string;
  protocol: number;
  locator: string;
  submitter: Address;
  submitted: Time;
  expires: Time;
  round: number;
  closes: Time;
  plan: ReleasePlan | null;
  artifacts: Hash;
  sealed: Hash;
  head: Hash;
  entries: number;
  shipped: ReleaseShipped | null;
  preapproved: boolean;
  missing: string;
  reason: string;
}

export interface ReleaseCandidates {
  candidates: ReleaseCandidate[] | null;
  next: number;
}

export interface ReleaseChallengeReport {
  rc: Hash;
  auditor: Address;
}

export interface ReleaseCharge {
  auditor: Address;
  ground: number;
}

export interface ReleaseCouncil {
  inceptionOver: boolean;
  recovering: string | null;
  members: ReleaseSeat[] | null;
  applications: ReleaseApplicant[] | null;
  revocations: ReleaseRevocation[] | null;
}

export interface ReleaseDiscloseReport {
  rc: Hash;
  auditor: Address;
  locator: string;
}

export interface ReleaseEntry {
  number: number;
  height: Height;
  time: Time;
  kind: string;
  actor: Address;
  key: PublicKey;
  tx: Hash;
  body: Bytes;
}

export interface ReleaseFinding {
  rule: string;
  ok: boolean;
  text: string;
}

export interface ReleaseGrant {
  address: Address;
  until: Time;
}

export interface ReleaseGround {
  id: number;
  text: string;
}

export interface ReleaseHistory {
  rc: Hash;
  head: Hash;
  sealed: Hash;
  before: Hash;
  entries: ReleaseTold[] | null;
  next: number;
}

export type ReleaseLeave = Record<string, unknown>;

export interface ReleaseMember {
  address: Address;
}

export interface ReleaseMerger {
  address: Address;
  by: Address;
  until: Time;
}

export interface ReleaseMotion {
  address: Address;
  reason: string;
}

export interface ReleaseOverview {
  live: boolean;
  inceptionOver: boolean;
  ctrs: number;
  auditors: number;
  activists: number;
  technologists: number;
  vote: Hash | null;
  open: Hash[] | null;
  scheduled: Hash | null;
  active: Hash | null;
  watchtowers: Address[] | null;
  threshold: number;
}

export interface ReleasePlan {
  activate: boolean;
  reset: string[] | null;
}

export interface ReleasePublish {
  rc: Hash;
  sourceRoot: Hash;
  provenanceRoot: Hash;
  trail: Hash;
  binaries: ReleaseBinary[] | null;
  locator: string;
  height: Height;
}

export interface ReleaseReclaimStake {
  rc: Hash;
}

export interface ReleaseRecordMerge {
  repo: string;
  commit: Bytes;
}

export interface ReleaseRecordStore {
  rc: Hash;
  store: string;
  key: PublicKey;
}

export interface ReleaseReport {
  rc: Hash;
  status: "GO" | "GO_WITH_WARNINGS" | "NO_GO";
  report: Hash;
  teamOnly: boolean;
  stake: Amount;
}

export interface ReleaseRepresentative {
  address: Address;
  active: boolean;
  since: Time;
  revokedBy: Address[] | null;
  appealed: boolean;
}

export interface ReleaseResign {
  role: "ctr" | "auditor";
}

export interface ReleaseRevocation {
  member: Address;
  opener: Address;
  reason: string;
  closes: Time;
  voters: Address[] | null;
  yes: number;
  no: number;
  abstain: number;
}

export interface ReleaseRevocationBallot {
  member: Address;
  choice: "yes" | "no" | "abstain";
}

export interface ReleaseSeat {
  address: Address;
  college: "activists" | "technologists";
  since: Time;
  missed: number;
}

export interface ReleaseSetGrounds {
  grounds: ReleaseGround[] | null;
}

export interface ReleaseSetWatchtowers {
  members: Address[] | null;
  threshold: number;
}

export interface ReleaseShipped {
  publisher: Address;
  time: Time;
  sourceRoot: Hash;
  provenanceRoot: Hash;
  binaries: ReleaseBinary[] | null;
  manifest: Hash;
  locator: string;
  height: Height;
  fast: boolean;
  activates: Time;
}

export interface ReleaseSubmitBuild {
  rc: Hash;
  artifacts: Hash;
}

export interface ReleaseSubmitRC {
  rc: Hash;
  repo: string;
  commit: Bytes;
  version: string;
  protocol: number;
  locator: string;
}

export interface ReleaseSubmitToCouncil {
  rc: Hash;
  reports: Hash[] | null;
  plan: ReleasePlan;
}

export interface ReleaseTally {
  size: number;
  yes: number;
  no: number;
  abstain: number;
  void: number;
}

export interface ReleaseTeam {
  ctrs: ReleaseRepresentative[] | null;
  coreTeam: Address[] | null;
  grants: ReleaseMerger[] | null;
  candidacies: ReleaseCandidacy[] | null;
}

export interface ReleaseTold {
  entry: ReleaseEntry;
  head: Hash;
  clear: string;
}

export interface ReleaseTrigger {
  rc: Hash;
}

export interface ReleaseVerification {
  rc: Hash;
  stage: "auditing" | "voting" | "rejected" | "approved" | "triggered" | "built" | "published" | "scheduled" | "active" | "expired" | "superseded" | "withdrawn";
  ok: boolean;
  version: string;
  manifest: Hash;
  binaries: ReleaseBinary[] | null;
  findings: ReleaseFinding[] | null;
}

export interface ReleaseVote {
  rc: Hash;
  round: number;
  opened: Time;
  closes: Time;
  closed: boolean;
  passed: boolean;
  reason: string;
  reports: Hash[] | null;
  activists: ReleaseTally;
  technologists: ReleaseTally;
  voters: ReleaseVoter[] | null;
}

export interface ReleaseVoter {
  address: Address;
  college: "activists" | "technologists";
  member: boolean;
  choice: string;
  time: Time;
}

export interface ReleaseWithdraw {
  rc: Hash;
  reason: string;
}

export interface RepAccount {
  address: Address;
  wrep: Amount;
  grep: Amount;
  salary: Amount;
  locked: Amount;
  exposed: Amount;
  standing: RepLock[] | null;
  stakes: RepStake[] | null;
}

export type RepClaimMsg = Record<string, unknown>;

export interface RepDistribution {
  book: "wREP" | "gREP";
  holders: number;
  gini: PPM;
  top: RepTopShare[] | null;
}

export interface RepHolder {
  address: Address;
  amount: Amount;
}

export interface RepHolders {
  holders: RepHolder[] | null;
  cursor: string;
}

export interface RepLock {
  slot: string;
  amount: Amount;
  until: Height;
}

export interface RepStake {
  book: "wREP" | "gREP";
  ref: Hash;
  amount: Amount;
}

export interface RepTopShare {
  k: number;
  share: PPM;
}

export interface RepTotals {
  book: "wREP" | "gREP";
  supply: Amount;
  genesis: Amount;
  minted: Amount;
  burned: Amount;
}

/** How a pool ended. */
export type RouteOutcome = "accepted" | "rejected" | "void";

/** What each method takes and answers. */
export interface Methods {
  /** Who sits on the bench, as of the next freeze. */
  "availability_bench": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: AvailabilityRegistration[] } | null;
  };
  /** An account's seat, contracts, misses and convictions. */
  "availability_get": {
    params: {
      /** An account: bech32m of the first 20 bytes of the BLAKE3-256 hash of its public key. */
      address: Address;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: AvailabilityAccount } | null;
  };
  /** The contracts registered for an epoch so far. */
  "availability_list": {
    params: {
      /** A stretch of blocks that share a roster. */
      epoch?: Epoch;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: AvailabilityContract[] } | null;
  };
  /** Everything that is fixed about an epoch: roster, producers, seed. */
  "availability_plan": {
    params: {
      /** A stretch of blocks that share a roster. */
      epoch?: Epoch;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: Plan | null } | null;
  };
  /** The frozen bench of an epoch and its hash. */
  "availability_roster": {
    params: {
      /** A stretch of blocks that share a roster. */
      epoch?: Epoch;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: AvailabilityFrozen | null } | null;
  };
  /** The protocol in force, the plan for the next one, and who signals it. */
  "availability_upgrade": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: AvailabilityUpgradeState } | null;
  };
  /** What an account may still spend of another's allowance. */
  "bank_allowance": {
    params: {
      /** An account: bech32m of the first 20 bytes of the BLAKE3-256 hash of its public key. */
      granter: Address;
      /** An account: bech32m of the first 20 bytes of the BLAKE3-256 hash of its public key. */
      spender: Address;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: BankAllowance | null } | null;
  };
  /** An account's $ and its next nonce. */
  "bank_balance": {
    params: {
      /** An account: bech32m of the first 20 bytes of the BLAKE3-256 hash of its public key. */
      address: Address;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: BankAccount } | null;
  };
  /** The base fee of the next block. */
  "bank_fee": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: BankFee } | null;
  };
  /** All $ there are, and where the chain's own are. */
  "bank_supply": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: BankMoney } | null;
  };
  /** The seed of a view, and who is drawn for it. */
  "beacon_get": {
    params: {
      /** A stretch of blocks that share a roster. */
      epoch?: Epoch;
      /** An attempt to add a block, counted from 1 within an epoch. */
      view?: View;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: BeaconDrawn | null } | null;
  };
  /** Who is drawn for views of the running epoch. */
  "beacon_schedule": {
    params: {
      /** An attempt to add a block, counted from 1 within an epoch. */
      from?: View;
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: BeaconDrawn[] } | null;
  };
  /** The seeds of the running epoch, and what was revealed towards the next. */
  "beacon_seed": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: BeaconSeeds } | null;
  };
  /** A final block. */
  "chain_getBlock": {
    params: {
      /** The block; the latest where it is left out. */
      at?: Selector;
      /** hashes (default), raw or decoded. */
      txs?: string;
    };
    result: { at: Point; value: Block } | null;
  };
  /** Why a block is final: a Finalization, and the headers from the block to the one that it names. */
  "chain_getCertificate": {
    params: {
      /** The block; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: Finality } | null;
  };
  /** Events of final blocks, oldest first. */
  "chain_getEvents": {
    params: {
      /** First height; the latest block where it is left out. */
      from?: Height;
      /** Last height; the latest block where it is left out. */
      to?: Height;
      /** Only events of this route. */
      route?: string;
      /** Only events of this name. */
      name?: string;
      /** Only events of this transaction. */
      tx?: Hash;
      /** At most so many; 100 where it is left out, 1,000 at most. */
      limit?: number;
      /** Go on where an earlier answer ended. */
      cursor?: string;
    };
    result: { at: Point; value: Events } | null;
  };
  /** A final block's header with its producer's signature. */
  "chain_getHeader": {
    params: {
      /** The block; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: HeaderInfo } | null;
  };
  /** A raw value of the state with its proof against the header's stateRoot. */
  "chain_getProof": {
    params: {
      /** A raw key of the state; docs/spec gives the layout of each route's keys. */
      key: Bytes;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: Proven } | null;
  };
  /** How a final transaction ended. */
  "chain_getReceipt": {
    params: {
      /** The transaction's hash, as tx_submit answered it. */
      hash: Hash;
    };
    result: { at: Point; value: Receipt | null } | null;
  };
  /** A page of the whole state, in key order: from an empty key on, page after page at one height, all of it. */
  "chain_getState": {
    params: {
      /** First raw key of the page; the state's first where it is left out. */
      from?: Bytes;
      /** At most so many entries; 1,000 where it is left out, 4,096 at most. */
      limit?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: StatePage } | null;
  };
  /** Where the chain stands, as this node sees it. */
  "chain_status": {
    params: {
    };
    result: ChainStatus;
  };
  /** Pushes what happens, as chain_subscription notifications, over WebSocket. Answers the subscription's id. */
  "chain_subscribe": {
    params: {
      /** newBlocks, finalized, pools, repChanges, governance, evidence, circuits or peers. */
      topic: Topic;
      /** The cursor of the last notification seen; from now on where it is left out. */
      fromCursor?: string;
    };
    result: string;
  };
  /** Ends a subscription. False where there is none of this id. */
  "chain_unsubscribe": {
    params: {
      /** The id that chain_subscribe answered. */
      subscription: string;
    };
    result: boolean;
  };
  /** Credentials in custody, and who may use them. */
  "contribution_documents": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ContributionDocument[] } | null;
  };
  /** Whether approvals suffice for a merge. */
  "contribution_gate": {
    params: {
      /** a string */
      repo: string;
      /** a string */
      branch: string;
      /** a string */
      author: string;
      /** a list of: a string */
      approvers?: string[];
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ContributionGateAnswer | null } | null;
  };
  /** Who can be asked to approve, as of the last mint. */
  "contribution_limits": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ContributionLimits | null } | null;
  };
  /** The accounts of an identity, or the identities of an account. */
  "contribution_links": {
    params: {
      /** a string */
      identity: string;
      /** An account: bech32m of the first 20 bytes of the BLAKE3-256 hash of its public key. */
      address?: Address;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ContributionLinkView[] } | null;
  };
  /** What passed proposals order bots to do. */
  "contribution_orders": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      from?: number;
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ContributionNumbered[] } | null;
  };
  /** The counting that is on or was last, and the terms of the next. */
  "contribution_pac": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ContributionStatus } | null;
  };
  /** The points of the last agreed tree, in order of identities. */
  "contribution_points": {
    params: {
      /** a string */
      cursor?: string;
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ContributionPoints | null } | null;
  };
  /** The rules of counting in force, and their hash. */
  "contribution_rules": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ContributionRules } | null;
  };
  /** Who holds shares, in order of addresses. */
  "contribution_shares": {
    params: {
      /** a string */
      cursor?: string;
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ContributionHolders } | null;
  };
  /** What a juror commits with, worked out from the verdict and a salt. */
  "court_commitment": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      case?: number;
      /** a whole number, or a string of its decimal or 0x digits */
      round?: number;
      /** An account: bech32m of the first 20 bytes of the BLAKE3-256 hash of its public key. */
      juror?: Address;
      /** Parts per million. */
      ratio?: PPM;
      /** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
      salt?: Hash;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: Hash | null } | null;
  };
  /** A case: its parties, stage, decisions and end. */
  "court_get": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      case?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: CourtInfo | null } | null;
  };
  /** Cases by number, all or at one stage. */
  "court_list": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      from?: number;
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** a string */
      stage?: string;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: CourtInfo[] } | null;
  };
  /** The seats of a case's panel and what each juror has done. */
  "court_panel": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      case?: number;
      /** a whole number, or a string of its decimal or 0x digits */
      round?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: CourtSeat[] } | null;
  };
  /** The revealed votes of both panels of a case. */
  "court_votes": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      case?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: CourtSeat[] } | null;
  };
  /** What is bonded for an account, by whom, and what is being withdrawn. */
  "dcert_bond": {
    params: {
      /** An account: bech32m of the first 20 bytes of the BLAKE3-256 hash of its public key. */
      address: Address;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: DcertBonded } | null;
  };
  /** Whose bond suffices, with their votes as counted last. */
  "dcert_candidates": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: DcertCandidate[] } | null;
  };
  /** The open circuits: since when, by whom, with what commitment to a motive. */
  "dcert_circuits": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: DcertCircuit[] } | null;
  };
  /** What a trip commits to a motive with. The node learns the motive: ask one's own. */
  "dcert_commitment": {
    params: {
      /** Bytes: 0x and hex digits. */
      motive: Bytes;
      /** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
      salt: Hash;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: Hash } | null;
  };
  /** The group, by sequence. */
  "dcert_members": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: DcertMember[] } | null;
  };
  /** How an account divides its weight. */
  "dcert_preference": {
    params: {
      /** An account: bech32m of the first 20 bytes of the BLAKE3-256 hash of its public key. */
      address: Address;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: DcertShare[] } | null;
  };
  /** The swaps that wait for their stabilization period. */
  "dcert_queue": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: DcertWaiting[] } | null;
  };
  /** Commitments to confidential reports, and what has been opened. */
  "dcert_reports": {
    params: {
      /** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
      after: Hash;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: DcertReport[] } | null;
  };
  /** Whether the breaker is on, the group halted, and a count running. */
  "dcert_status": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: DcertState } | null;
  };
  /** What was broken, and why where that was revealed. */
  "dcert_trips": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      from?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: DcertTripped[] } | null;
  };
  /** The offences that have been punished and may still be looked up. */
  "evidence_list": {
    params: {
      /** A stretch of blocks that share a roster. */
      from?: Epoch;
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: EvidencePunished[] } | null;
  };
  /** The posts that an address is an author of. */
  "forum_authored": {
    params: {
      /** An account: bech32m of the first 20 bytes of the BLAKE3-256 hash of its public key. */
      address: Address;
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** a string */
      cursor?: string;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ForumList } | null;
  };
  /** Every change of a post's value with the path on which it came. */
  "forum_explain": {
    params: {
      /** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
      post: Hash;
      /** one of wREP, gREP */
      book?: "wREP" | "gREP";
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** a string */
      cursor?: string;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ForumExplanation | null } | null;
  };
  /** What a post is worth in both books, and its open pool. */
  "forum_get": {
    params: {
      /** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
      post: Hash;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ForumWorth | null } | null;
  };
  /** The posts of a range of heights as nodes, their references as edges. */
  "forum_graph": {
    params: {
      /** Height of a block; the genesis is 0. */
      from?: Height;
      /** Height of a block; the genesis is 0. */
      to?: Height;
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** a string */
      cursor?: string;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ForumGraph } | null;
  };
  /** A post as it was published. */
  "forum_post": {
    params: {
      /** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
      post: Hash;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ForumPostView | null } | null;
  };
  /** What a post references, with what each reference carries, and what references it. */
  "forum_references": {
    params: {
      /** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
      post: Hash;
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** a string */
      cursor?: string;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ForumNeighbours | null } | null;
  };
  /** What entered all posts, burned at the incinerator, and was taken by the court. */
  "forum_totals": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ForumTotals[] } | null;
  };
  /** The posts that have an open pool. */
  "forum_validating": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** a string */
      cursor?: string;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ForumList } | null;
  };
  /** The work contracts there were, the one in force and the one to come. */
  "legislature_contracts": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: LegislatureContracts } | null;
  };
  /** What a proposal would do: parameters and balances before and after, thresholds, timetable, findings. */
  "legislature_dryRun": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      proposal?: number;
      /** An account: bech32m of the first 20 bytes of the BLAKE3-256 hash of its public key. */
      proposer?: Address;
      /** a string */
      title?: string;
      /** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
      post?: Hash;
      /** Bytes: 0x and hex digits. */
      inline?: Bytes;
      /** a list of: an object {"route": …, "message": …, "body": {…}} */
      actions?: Action[];
      /** Base units (10⁻⁹ of $ or REP) as decimal digits, below 2¹²⁸. Input also takes 0x digits or a whole number. */
      fee?: Amount;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: LegislatureForecast | null } | null;
  };
  /** A proposal: its actions, state, votes and timetable. */
  "legislature_get": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      proposal?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: LegislatureInfo | null } | null;
  };
  /** Proposals, the newest first, of one state or all. */
  "legislature_list": {
    params: {
      /** one of draft, nonbinding, half, binding, queued, executed, failed, expired, withdrawn, vetoed, rejected */
      state?: "draft" | "nonbinding" | "half" | "binding" | "queued" | "executed" | "failed" | "expired" | "withdrawn" | "vetoed" | "rejected";
      /** a whole number, or a string of its decimal or 0x digits */
      from?: number;
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: LegislatureBrief[] } | null;
  };
  /** The terms that a proposal would be voted by if its vote opened now. */
  "legislature_params": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: LegislatureLaw } | null;
  };
  /** How the running stage of a proposal stands. */
  "legislature_tally": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      proposal?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: LegislatureStanding | null } | null;
  };
  /** Who staked what on which side of the running stage. */
  "legislature_votes": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      proposal?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: LegislatureStake[] } | null;
  };
  /** What this node finds amiss with itself, each finding with its fix; probity doctor looks at its home and machine, too. */
  "node_doctor": {
    params: {
    };
    result: Finding[];
  };
  /** Every metric's current value. */
  "node_metricsSnapshot": {
    params: {
    };
    result: Sample[];
  };
  /** The peers that it is connected to. */
  "node_peers": {
    params: {
    };
    result: Peer[];
  };
  /** This node: who it is and how it fares. */
  "node_status": {
    params: {
    };
    result: NodeStatus;
  };
  /** How the seats are spread over implementations and authors. */
  "oracle_diversity": {
    params: {
      /** one of watchtower, treegen */
      duty?: "watchtower" | "treegen";
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: OracleDiversity } | null;
  };
  /** The registered implementations. */
  "oracle_implementations": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: OracleImplementation[] } | null;
  };
  /** The members, their bonds, implementations and health. */
  "oracle_members": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: OracleMember[] } | null;
  };
  /** Votes of the members. */
  "oracle_proposals": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: OracleProposal[] } | null;
  };
  /** What members submitted to a task, and how it stands. */
  "oracle_submissions": {
    params: {
      /** one of contribution, release-build, state, salary */
      kind?: "contribution" | "release-build" | "state" | "salary";
      /** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
      subject?: Hash;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: OracleTask | null } | null;
  };
  /** The tasks that are kept, newest epoch last. */
  "oracle_tasks": {
    params: {
      /** one of contribution, release-build, state, salary */
      kind?: "contribution" | "release-build" | "state" | "salary";
      /** true or false */
      open?: boolean;
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: OracleTask[] } | null;
  };
  /** One parameter: its value, bounds, meaning and pending change. */
  "params_get": {
    params: {
      /** a string */
      name: string;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ParamsInfo | null } | null;
  };
  /** The values that a parameter has had, by epoch. */
  "params_history": {
    params: {
      /** a string */
      name: string;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ParamsSpan[] } | null;
  };
  /** All parameters. */
  "params_list": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ParamsInfo[] } | null;
  };
  /** The protocol version in force. */
  "params_version": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ParamsInForce } | null;
  };
  /** The pool of a block while votes on it come in, and those of refused digests that settle with it. */
  "pool_byBlock": {
    params: {
      /** Height of a block; the genesis is 0. */
      height?: Height;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: PoolBlock | null } | null;
  };
  /** A general pool: what it is about, its stakes and its outcome. */
  "pool_get": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      id?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: PoolInfo | null } | null;
  };
  /** General pools, by number. */
  "pool_list": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      from?: number;
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: PoolInfo[] } | null;
  };
  /** Who staked how much in an open general pool. */
  "pool_stakes": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      id?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: PoolStaked[] } | null;
  };
  /** All reports on a candidate, and whether they let it pass. */
  "release_audit": {
    params: {
      /** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
      rc: Hash;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ReleaseAudit | null } | null;
  };
  /** Official auditors, past ones, and the grounds of revocation. */
  "release_auditors": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ReleaseAuditors } | null;
  };
  /** Members of the council, applications, and open votes on members. */
  "release_council": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ReleaseCouncil } | null;
  };
  /** Representatives, the core team, and who is on the way. */
  "release_ctrs": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ReleaseTeam } | null;
  };
  /** A candidate's trail in clear, with the head that proves it. */
  "release_history": {
    params: {
      /** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
      rc: Hash;
      /** a whole number, or a string of its decimal or 0x digits */
      from?: number;
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ReleaseHistory | null } | null;
  };
  /** Candidates by number. */
  "release_list": {
    params: {
      /** a whole number, or a string of its decimal or 0x digits */
      from?: number;
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ReleaseCandidates } | null;
  };
  /** The route at one glance. */
  "release_overview": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ReleaseOverview } | null;
  };
  /** Where a candidate stands and what is missing. */
  "release_status": {
    params: {
      /** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
      rc: Hash;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ReleaseCandidate | null } | null;
  };
  /** Whether a release, and the binaries that somebody holds, are what was approved, rebuilt and published. */
  "release_verify": {
    params: {
      /** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
      rc: Hash;
      /** a list of: an object */
      binaries?: ReleaseBinary[];
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ReleaseVerification | null } | null;
  };
  /** A round of the council's vote: electorate, ballots, tally. */
  "release_vote": {
    params: {
      /** A BLAKE3-256 hash, or the name of what it is of: 0x and 64 hex digits. */
      rc: Hash;
      /** a whole number, or a string of its decimal or 0x digits */
      round?: number;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: ReleaseVote | null } | null;
  };
  /** How evenly REP is spread: Gini coefficient and shares of the largest. */
  "rep_distribution": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: RepDistribution[] } | null;
  };
  /** Every change of an account's REP with its cause, oldest first, by the events of final blocks. */
  "rep_explain": {
    params: {
      /** The account. */
      address: Address;
      /** First block; the genesis where it is left out. */
      from?: Height;
      /** Last block; the latest where it is left out. */
      to?: Height;
      /** A page ends with the block in which it has so many changes; 100 where it is left out, 1,000 at most. */
      limit?: number;
      /** Go on where an earlier answer ended. */
      cursor?: string;
    };
    result: { at: Point; value: Explanation } | null;
  };
  /** An account's REP, locks and unpaid salary. */
  "rep_get": {
    params: {
      /** An account: bech32m of the first 20 bytes of the BLAKE3-256 hash of its public key. */
      address: Address;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: RepAccount } | null;
  };
  /** Who holds REP, in order of addresses. */
  "rep_holders": {
    params: {
      /** one of wREP, gREP */
      book?: "wREP" | "gREP";
      /** a whole number, or a string of its decimal or 0x digits */
      limit?: number;
      /** a string */
      cursor?: string;
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: RepHolders } | null;
  };
  /** All REP of both books. */
  "rep_supply": {
    params: {
      /** Block after which the state is read; the latest where it is left out. */
      at?: Selector;
    };
    result: { at: Point; value: RepTotals[] } | null;
  };
  /** This interface as an OpenRPC document. */
  "rpc.discover": {
    params: {
    };
    result: Record<string, unknown>;
  };
  /** The bounds of this interface, and what each method costs of a client's tokens. */
  "rpc_limits": {
    params: {
    };
    result: LimitsInfo;
  };
  /** A transaction, pending or in a block. */
  "tx_get": {
    params: {
      /** The transaction's hash, as tx_submit answered it. */
      hash: Hash;
    };
    result: TxState | null;
  };
  /** Transactions of the mempool, by sender and nonce. */
  "tx_pending": {
    params: {
      /** Only transactions of this account. */
      from?: Address;
      /** At most so many; 100 where it is left out, 1,000 at most. */
      limit?: number;
    };
    result: DecodedTx[];
  };
  /** Builds a transaction: the bytes to sign, and what they say in words. Fills in nonce, feeMax and validUntil where they are left out. */
  "tx_prepare": {
    params: {
      /** Public key that will sign. */
      sender: PublicKey;
      /** 1 to 16 calls of rules, which apply all or not at all. */
      messages: (
        | { route: "bank"; message: "send"; body: BankSend }
        | { route: "bank"; message: "allow"; body: BankAllow }
        | { route: "bank"; message: "revoke"; body: BankRevoke }
        | { route: "rep"; message: "claim"; body: RepClaimMsg }
        | { route: "availability"; message: "bench"; body: AvailabilityBench }
        | { route: "availability"; message: "leave"; body: AvailabilityLeave }
        | { route: "availability"; message: "register"; body: AvailabilityRegister }
        | { route: "availability"; message: "add_salts"; body: AvailabilityAddSalts }
        | { route: "availability"; message: "resume"; body: AvailabilityResume }
        | { route: "availability"; message: "signal"; body: AvailabilitySignal }
        | { route: "evidence"; message: "submit"; body: EvidenceSubmit }
        | { route: "forum"; message: "publish"; body: ForumPublish }
        | { route: "forum"; message: "fund"; body: ForumFund }
        | { route: "forum"; message: "stake"; body: ForumStake }
        | { route: "legislature"; message: "submit"; body: LegislatureSubmit }
        | { route: "legislature"; message: "deposit"; body: LegislatureDeposit }
        | { route: "legislature"; message: "withdraw"; body: LegislatureWithdraw }
        | { route: "legislature"; message: "vote"; body: LegislatureVote }
        | { route: "legislature"; message: "execute"; body: LegislatureExecute }
        | { route: "court"; message: "accuse"; body: CourtAccuse }
        | { route: "court"; message: "commit"; body: CourtCommitMsg }
        | { route: "court"; message: "reveal"; body: CourtRevealMsg }
        | { route: "court"; message: "appeal"; body: CourtAppealMsg }
        | { route: "court"; message: "vote"; body: CourtVote }
        | { route: "dcert"; message: "prefer"; body: DcertPrefer }
        | { route: "dcert"; message: "bond"; body: DcertBondFor }
        | { route: "dcert"; message: "unbond"; body: DcertUnbond }
        | { route: "dcert"; message: "accept"; body: DcertAccept }
        | { route: "dcert"; message: "leave"; body: DcertLeave }
        | { route: "dcert"; message: "describe"; body: DcertDescribe }
        | { route: "dcert"; message: "trip"; body: DcertTrip }
        | { route: "dcert"; message: "reveal_motive"; body: DcertRevealMotive }
        | { route: "dcert"; message: "suspend"; body: DcertSuspend }
        | { route: "dcert"; message: "commit_report"; body: DcertCommitReport }
        | { route: "dcert"; message: "open_report"; body: DcertOpenReport }
        | { route: "dcert"; message: "preapprove"; body: DcertPreapprove }
        | { route: "release"; message: "submit_rc"; body: ReleaseSubmitRC }
        | { route: "release"; message: "report"; body: ReleaseReport }
        | { route: "release"; message: "disclose_report"; body: ReleaseDiscloseReport }
        | { route: "release"; message: "submit_to_council"; body: ReleaseSubmitToCouncil }
        | { route: "release"; message: "ballot"; body: ReleaseBallot }
        | { route: "release"; message: "trigger"; body: ReleaseTrigger }
        | { route: "release"; message: "submit_build"; body: ReleaseSubmitBuild }
        | { route: "release"; message: "publish"; body: ReleasePublish }
        | { route: "release"; message: "record_store"; body: ReleaseRecordStore }
        | { route: "release"; message: "withdraw"; body: ReleaseWithdraw }
        | { route: "release"; message: "record_merge"; body: ReleaseRecordMerge }
        | { route: "release"; message: "enroll"; body: ReleaseMember }
        | { route: "release"; message: "strike"; body: ReleaseMember }
        | { route: "release"; message: "grant"; body: ReleaseGrant }
        | { route: "release"; message: "ungrant"; body: ReleaseMember }
        | { route: "release"; message: "apply"; body: ReleaseApply }
        | { route: "release"; message: "sponsor"; body: ReleaseMember }
        | { route: "release"; message: "endorse"; body: ReleaseMember }
        | { route: "release"; message: "veto"; body: ReleaseMember }
        | { route: "release"; message: "admit"; body: ReleaseMember }
        | { route: "release"; message: "leave"; body: ReleaseLeave }
        | { route: "release"; message: "open_revocation"; body: ReleaseMotion }
        | { route: "release"; message: "revocation_ballot"; body: ReleaseRevocationBallot }
        | { route: "release"; message: "revoke_inactive"; body: ReleaseMember }
        | { route: "release"; message: "sponsor_ctr"; body: ReleaseMember }
        | { route: "release"; message: "endorse_ctr"; body: ReleaseMember }
        | { route: "release"; message: "revoke_ctr"; body: ReleaseMotion }
        | { route: "release"; message: "grant_auditor"; body: ReleaseMember }
        | { route: "release"; message: "revoke_auditor"; body: ReleaseCharge }
        | { route: "release"; message: "veto_revocation"; body: ReleaseMember }
        | { route: "release"; message: "appeal"; body: ReleaseAppeal }
        | { route: "release"; message: "resign"; body: ReleaseResign }
        | { route: "release"; message: "challenge_report"; body: ReleaseChallengeReport }
        | { route: "release"; message: "reclaim_stake"; body: ReleaseReclaimStake }
        | { route: "contribution"; message: "link"; body: ContributionLink }
        | { route: "contribution"; message: "transfer"; body: ContributionTransfer }
        | { route: "contribution"; message: "publish_tree"; body: ContributionPublishTree }
        | { route: "contribution"; message: "approve"; body: ContributionApprove }
        | { route: "contribution"; message: "sponsor"; body: ContributionSponsor }
        | { route: "contribution"; message: "done"; body: ContributionDone }
        | { route: "contribution"; message: "trigger"; body: ContributionTrigger }
        | { route: "oracle"; message: "submit"; body: OracleSubmit }
        | { route: "oracle"; message: "declare"; body: OracleDeclare }
        | { route: "oracle"; message: "publish"; body: OraclePublish }
        | { route: "oracle"; message: "propose"; body: OraclePropose }
        | { route: "oracle"; message: "vote"; body: OracleVote }
        | { route: "oracle"; message: "execute"; body: OracleExecute }
        | { route: "oracle"; message: "join"; body: OracleNone }
        | { route: "oracle"; message: "recover_join"; body: OracleNone }
        | { route: "oracle"; message: "leave"; body: OracleNone }
        | { route: "oracle"; message: "challenge"; body: OracleOf }
        | { route: "oracle"; message: "respond"; body: OracleNone }
        | { route: "oracle"; message: "decide"; body: OracleOf })[];
      /** The account's next, pending transactions included, where it is left out. */
      nonce?: number;
      /** $ base units that may be charged at most; twice the present fee where it is left out. */
      feeMax?: Amount;
      /** Account that granted the sender an allowance. */
      feePayer?: Address;
      /** Last height for inclusion; 5,000 blocks from now where it is left out. */
      validUntil?: Height;
    };
    result: Prepared | null;
  };
  /** Applies a transaction to the latest state and drops the result. unsigned alone will do: then no signature is checked. */
  "tx_simulate": {
    params: {
      /** The signed transaction in its one byte form. */
      raw?: Bytes;
      /** What tx_prepare answered as unsigned. */
      unsigned?: Bytes;
      /** ed25519 signature over what tx_prepare answered as signBytes. */
      signature?: Signature;
      /** The sender's key; checked against the transaction where it is given. */
      publicKey?: PublicKey;
    };
    result: Receipt;
  };
  /** Submits a signed transaction and answers its hash, also for one that is known already. Calls in one batch are verified together. */
  "tx_submit": {
    params: {
      /** The signed transaction in its one byte form. */
      raw?: Bytes;
      /** What tx_prepare answered as unsigned. */
      unsigned?: Bytes;
      /** ed25519 signature over what tx_prepare answered as signBytes. */
      signature?: Signature;
      /** The sender's key; checked against the transaction where it is given. */
      publicKey?: PublicKey;
    };
    result: Hash;
  };
  /** Waits until a transaction has come so far, or the time is up; answers what is known then. */
  "tx_wait": {
    params: {
      /** The transaction's hash. */
      hash: Hash;
      /** pending, included or final (default). */
      until?: Stage;
      /** For how long; 10,000 where it is left out, 60,000 at most. */
      timeoutMs?: number;
    };
    result: TxState | null;
  };
}

/** What a notice of each topic holds. */
export interface Topics {
  /** A block was notarized: it can be built on, and is not yet final. */
  newBlocks: NewBlock;
  /** A block became final. */
  finalized: FinalBlock;
  /** Events of route pool: a pool opened, was staked on, closed. */
  pools: EventAt;
  /** Events of route rep: reputation was minted, burned, moved. */
  repChanges: EventAt;
  /** Events of routes params, legislature, court and release. */
  governance: EventAt;
  /** Events of route evidence: a member was convicted. */
  evidence: EventAt;
  /** Events of route dcert: a circuit was opened or closed. */
  circuits: EventAt;
  /** A peer came or went. */
  peers: PeerChange;
}

/** A call of a rule, by names. */
export type Message =
  | { route: "bank"; message: "send"; body: BankSend }
  | { route: "bank"; message: "allow"; body: BankAllow }
  | { route: "bank"; message: "revoke"; body: BankRevoke }
  | { route: "rep"; message: "claim"; body: RepClaimMsg }
  | { route: "availability"; message: "bench"; body: AvailabilityBench }
  | { route: "availability"; message: "leave"; body: AvailabilityLeave }
  | { route: "availability"; message: "register"; body: AvailabilityRegister }
  | { route: "availability"; message: "add_salts"; body: AvailabilityAddSalts }
  | { route: "availability"; message: "resume"; body: AvailabilityResume }
  | { route: "availability"; message: "signal"; body: AvailabilitySignal }
  | { route: "evidence"; message: "submit"; body: EvidenceSubmit }
  | { route: "forum"; message: "publish"; body: ForumPublish }
  | { route: "forum"; message: "fund"; body: ForumFund }
  | { route: "forum"; message: "stake"; body: ForumStake }
  | { route: "legislature"; message: "submit"; body: LegislatureSubmit }
  | { route: "legislature"; message: "deposit"; body: LegislatureDeposit }
  | { route: "legislature"; message: "withdraw"; body: LegislatureWithdraw }
  | { route: "legislature"; message: "vote"; body: LegislatureVote }
  | { route: "legislature"; message: "execute"; body: LegislatureExecute }
  | { route: "court"; message: "accuse"; body: CourtAccuse }
  | { route: "court"; message: "commit"; body: CourtCommitMsg }
  | { route: "court"; message: "reveal"; body: CourtRevealMsg }
  | { route: "court"; message: "appeal"; body: CourtAppealMsg }
  | { route: "court"; message: "vote"; body: CourtVote }
  | { route: "dcert"; message: "prefer"; body: DcertPrefer }
  | { route: "dcert"; message: "bond"; body: DcertBondFor }
  | { route: "dcert"; message: "unbond"; body: DcertUnbond }
  | { route: "dcert"; message: "accept"; body: DcertAccept }
  | { route: "dcert"; message: "leave"; body: DcertLeave }
  | { route: "dcert"; message: "describe"; body: DcertDescribe }
  | { route: "dcert"; message: "trip"; body: DcertTrip }
  | { route: "dcert"; message: "reveal_motive"; body: DcertRevealMotive }
  | { route: "dcert"; message: "suspend"; body: DcertSuspend }
  | { route: "dcert"; message: "commit_report"; body: DcertCommitReport }
  | { route: "dcert"; message: "open_report"; body: DcertOpenReport }
  | { route: "dcert"; message: "preapprove"; body: DcertPreapprove }
  | { route: "release"; message: "submit_rc"; body: ReleaseSubmitRC }
  | { route: "release"; message: "report"; body: ReleaseReport }
  | { route: "release"; message: "disclose_report"; body: ReleaseDiscloseReport }
  | { route: "release"; message: "submit_to_council"; body: ReleaseSubmitToCouncil }
  | { route: "release"; message: "ballot"; body: ReleaseBallot }
  | { route: "release"; message: "trigger"; body: ReleaseTrigger }
  | { route: "release"; message: "submit_build"; body: ReleaseSubmitBuild }
  | { route: "release"; message: "publish"; body: ReleasePublish }
  | { route: "release"; message: "record_store"; body: ReleaseRecordStore }
  | { route: "release"; message: "withdraw"; body: ReleaseWithdraw }
  | { route: "release"; message: "record_merge"; body: ReleaseRecordMerge }
  | { route: "release"; message: "enroll"; body: ReleaseMember }
  | { route: "release"; message: "strike"; body: ReleaseMember }
  | { route: "release"; message: "grant"; body: ReleaseGrant }
  | { route: "release"; message: "ungrant"; body: ReleaseMember }
  | { route: "release"; message: "apply"; body: ReleaseApply }
  | { route: "release"; message: "sponsor"; body: ReleaseMember }
  | { route: "release"; message: "endorse"; body: ReleaseMember }
  | { route: "release"; message: "veto"; body: ReleaseMember }
  | { route: "release"; message: "admit"; body: ReleaseMember }
  | { route: "release"; message: "leave"; body: ReleaseLeave }
  | { route: "release"; message: "open_revocation"; body: ReleaseMotion }
  | { route: "release"; message: "revocation_ballot"; body: ReleaseRevocationBallot }
  | { route: "release"; message: "revoke_inactive"; body: ReleaseMember }
  | { route: "release"; message: "sponsor_ctr"; body: ReleaseMember }
  | { route: "release"; message: "endorse_ctr"; body: ReleaseMember }
  | { route: "release"; message: "revoke_ctr"; body: ReleaseMotion }
  | { route: "release"; message: "grant_auditor"; body: ReleaseMember }
  | { route: "release"; message: "revoke_auditor"; body: ReleaseCharge }
  | { route: "release"; message: "veto_revocation"; body: ReleaseMember }
  | { route: "release"; message: "appeal"; body: ReleaseAppeal }
  | { route: "release"; message: "resign"; body: ReleaseResign }
  | { route: "release"; message: "challenge_report"; body: ReleaseChallengeReport }
  | { route: "release"; message: "reclaim_stake"; body: ReleaseReclaimStake }
  | { route: "contribution"; message: "link"; body: ContributionLink }
  | { route: "contribution"; message: "transfer"; body: ContributionTransfer }
  | { route: "contribution"; message: "publish_tree"; body: ContributionPublishTree }
  | { route: "contribution"; message: "approve"; body: ContributionApprove }
  | { route: "contribution"; message: "sponsor"; body: ContributionSponsor }
  | { route: "contribution"; message: "done"; body: ContributionDone }
  | { route: "contribution"; message: "trigger"; body: ContributionTrigger }
  | { route: "oracle"; message: "submit"; body: OracleSubmit }
  | { route: "oracle"; message: "declare"; body: OracleDeclare }
  | { route: "oracle"; message: "publish"; body: OraclePublish }
  | { route: "oracle"; message: "propose"; body: OraclePropose }
  | { route: "oracle"; message: "vote"; body: OracleVote }
  | { route: "oracle"; message: "execute"; body: OracleExecute }
  | { route: "oracle"; message: "join"; body: OracleNone }
  | { route: "oracle"; message: "recover_join"; body: OracleNone }
  | { route: "oracle"; message: "leave"; body: OracleNone }
  | { route: "oracle"; message: "challenge"; body: OracleOf }
  | { route: "oracle"; message: "respond"; body: OracleNone }
  | { route: "oracle"; message: "decide"; body: OracleOf };

/** How the value of a member becomes bytes; docs/rpc.md says what each means. */
export type Layout =
  | "uint" | "int" | "bool" | "text" | "bytes" | "amount" | "address" | "action"
  | { choice: Record<string, number> } | { list: Layout } | { optional: Layout } | { struct: [string, Layout][] };

/** The numbers and the layout of each message and action, by route/message. */
export const layouts: Record<string, { route: number; message: number; body: Layout }> = {
  "bank/send": { route: 2, message: 1, body: {"struct":[["to","address"],["amount","amount"]]} },
  "bank/allow": { route: 2, message: 2, body: {"struct":[["spender","address"],["perEpoch","amount"]]} },
  "bank/revoke": { route: 2, message: 3, body: {"struct":[["spender","address"]]} },
  "rep/claim": { route: 3, message: 1, body: {"struct":[]} },
  "availability/bench": { route: 4, message: 1, body: {"struct":[["key","bytes"],["network","bytes"],["escrow",{"list":"bytes"}],["possession","bytes"],["proof","bytes"]]} },
  "availability/leave": { route: 4, message: 2, body: {"struct":[]} },
  "availability/register": { route: 4, message: 3, body: {"struct":[["epoch","uint"],["weight","uint"],["key","bytes"],["commitment","bytes"],["salts","uint"],["proof","bytes"]]} },
  "availability/add_salts": { route: 4, message: 4, body: {"struct":[["epoch","uint"],["commitment","bytes"],["salts","uint"]]} },
  "availability/resume": { route: 4, message: 5, body: {"struct":[]} },
  "availability/signal": { route: 4, message: 6, body: {"struct":[["protocol","uint"]]} },
  "evidence/submit": { route: 7, message: 1, body: {"struct":[["votes",{"optional":{"struct":[["a",{"struct":[["statement",{"struct":[["kind",{"choice":{"finalize":5,"notarize":2,"nullify":3,"propose":1,"reject":4}}],["epoch","uint"],["view","uint"],["digest","bytes"]]}],["signature","bytes"]]}],["b",{"struct":[["statement",{"struct":[["kind",{"choice":{"finalize":5,"notarize":2,"nullify":3,"propose":1,"reject":4}}],["epoch","uint"],["view","uint"],["digest","bytes"]]}],["signature","bytes"]]}],["member",{"struct":[["member",{"struct":[["address","address"],["key","bytes"],["network","bytes"],["weight","uint"],["escrow",{"list":"bytes"}]]}],["index","uint"],["size","uint"],["path",{"list":"bytes"}]]}]]}}],["proposals",{"optional":{"struct":[["a",{"struct":[["header",{"struct":[["version","uint"],["epoch","uint"],["view","uint"],["height","uint"],["parentView","uint"],["parent","bytes"],["time","uint"],["asc","bytes"],["reveal","bytes"],["seed","bytes"],["txRoot","bytes"],["viewsRoot","bytes"],["votesRoot","bytes"],["stateRoot","bytes"],["rosterHash","bytes"],["nextRosterHash","bytes"],["baseFee","amount"]]}],["signature","bytes"]]}],["b",{"struct":[["header",{"struct":[["version","uint"],["epoch","uint"],["view","uint"],["height","uint"],["parentView","uint"],["parent","bytes"],["time","uint"],["asc","bytes"],["reveal","bytes"],["seed","bytes"],["txRoot","bytes"],["viewsRoot","bytes"],["votesRoot","bytes"],["stateRoot","bytes"],["rosterHash","bytes"],["nextRosterHash","bytes"],["baseFee","amount"]]}],["signature","bytes"]]}],["producer",{"struct":[["asc",{"struct":[["id","bytes"],["producer","address"],["key","bytes"],["weight","uint"],["commitment","bytes"],["salts","uint"]]}],["index","uint"],["path",{"list":"bytes"}]]}]]}}],["header",{"optional":{"struct":[["header",{"struct":[["header",{"struct":[["version","uint"],["epoch","uint"],["view","uint"],["height","uint"],["parentView","uint"],["parent","bytes"],["time","uint"],["asc","bytes"],["reveal","bytes"],["seed","bytes"],["txRoot","bytes"],["viewsRoot","bytes"],["votesRoot","bytes"],["stateRoot","bytes"],["rosterHash","bytes"],["nextRosterHash","bytes"],["baseFee","amount"]]}],["signature","bytes"]]}],["parent",{"optional":{"struct":[["version","uint"],["epoch","uint"],["view","uint"],["height","uint"],["parentView","uint"],["parent","bytes"],["time","uint"],["asc","bytes"],["reveal","bytes"],["seed","bytes"],["txRoot","bytes"],["viewsRoot","bytes"],["votesRoot","bytes"],["stateRoot","bytes"],["rosterHash","bytes"],["nextRosterHash","bytes"],["baseFee","amount"]]}}],["producer",{"struct":[["asc",{"struct":[["id","bytes"],["producer","address"],["key","bytes"],["weight","uint"],["commitment","bytes"],["salts","uint"]]}],["index","uint"],["path",{"list":"bytes"}]]}]]}}]]} },
  "forum/publish": { route: 8, message: 1, body: {"struct":[["content","bytes"],["inline","bytes"],["authors",{"list":{"struct":[["address","address"],["ppm","uint"]]}}],["references",{"list":{"struct":[["post","bytes"],["ppm","int"]]}}]]} },
  "forum/fund": { route: 8, message: 2, body: {"struct":[["post","bytes"],["fee","amount"]]} },
  "forum/stake": { route: 8, message: 3, body: {"struct":[["post","bytes"],["for","bool"],["amount","amount"]]} },
  "legislature/submit": { route: 9, message: 1, body: {"struct":[["title","text"],["post","bytes"],["inline","bytes"],["actions",{"list":"action"}],["fee","amount"],["deposit","amount"]]} },
  "legislature/deposit": { route: 9, message: 2, body: {"struct":[["proposal","uint"],["amount","amount"]]} },
  "legislature/withdraw": { route: 9, message: 3, body: {"struct":[["proposal","uint"]]} },
  "legislature/vote": { route: 9, message: 4, body: {"struct":[["proposal","uint"],["side",{"choice":{"against":2,"for":1,"veto":3}}],["stake","amount"],["book",{"choice":{"gREP":2,"wREP":1}}]]} },
  "legislature/execute": { route: 9, message: 5, body: {"struct":[["proposal","uint"]]} },
  "court/accuse": { route: 10, message: 1, body: {"struct":[["accused","address"],["charge",{"choice":{"censorship":1,"role":3,"selection":2,"spirit":4}}],["content","bytes"],["inline","bytes"],["evidence",{"list":"bytes"}],["posts",{"list":{"struct":[["post","bytes"],["amount","amount"]]}}],["bond","amount"]]} },
  "court/commit": { route: 10, message: 2, body: {"struct":[["case","uint"],["commitment","bytes"]]} },
  "court/reveal": { route: 10, message: 3, body: {"struct":[["case","uint"],["ratio","uint"],["salt","bytes"]]} },
  "court/appeal": { route: 10, message: 4, body: {"struct":[["case","uint"],["bond","amount"]]} },
  "court/vote": { route: 10, message: 6, body: {"struct":[["case","uint"],["for","bool"],["amount","amount"]]} },
  "dcert/prefer": { route: 11, message: 1, body: {"struct":[["shares",{"list":{"struct":[["address","address"],["ppm","uint"]]}}]]} },
  "dcert/bond": { route: 11, message: 2, body: {"struct":[["member","address"],["amount","amount"]]} },
  "dcert/unbond": { route: 11, message: 3, body: {"struct":[["member","address"],["amount","amount"]]} },
  "dcert/accept": { route: 11, message: 4, body: {"struct":[]} },
  "dcert/leave": { route: 11, message: 5, body: {"struct":[]} },
  "dcert/describe": { route: 11, message: 6, body: {"struct":[["text","text"]]} },
  "dcert/trip": { route: 11, message: 7, body: {"struct":[["messages",{"list":"text"}],["commitment","bytes"]]} },
  "dcert/reveal_motive": { route: 11, message: 8, body: {"struct":[["trip","uint"],["motive","bytes"],["salt","bytes"]]} },
  "dcert/suspend": { route: 11, message: 9, body: {"struct":[["member","address"]]} },
  "dcert/commit_report": { route: 11, message: 10, body: {"struct":[["commitment","bytes"]]} },
  "dcert/open_report": { route: 11, message: 11, body: {"struct":[["content","bytes"],["salt","bytes"],["locator","text"]]} },
  "dcert/preapprove": { route: 11, message: 12, body: {"struct":[["hash","bytes"]]} },
  "release/submit_rc": { route: 12, message: 1, body: {"struct":[["rc","bytes"],["repo","text"],["commit","bytes"],["version","text"],["protocol","uint"],["locator","text"]]} },
  "release/report": { route: 12, message: 2, body: {"struct":[["rc","bytes"],["status",{"choice":{"GO":1,"GO_WITH_WARNINGS":2,"NO_GO":3}}],["report","bytes"],["teamOnly","bool"],["stake","amount"]]} },
  "release/disclose_report": { route: 12, message: 3, body: {"struct":[["rc","bytes"],["auditor","address"],["locator","text"]]} },
  "release/submit_to_council": { route: 12, message: 4, body: {"struct":[["rc","bytes"],["reports",{"list":"bytes"}],["plan",{"struct":[["activate","bool"],["reset",{"list":"text"}]]}]]} },
  "release/ballot": { route: 12, message: 5, body: {"struct":[["rc","bytes"],["choice",{"choice":{"abstain":3,"no":2,"yes":1}}]]} },
  "release/trigger": { route: 12, message: 6, body: {"struct":[["rc","bytes"]]} },
  "release/submit_build": { route: 12, message: 7, body: {"struct":[["rc","bytes"],["artifacts","bytes"]]} },
  "release/publish": { route: 12, message: 8, body: {"struct":[["rc","bytes"],["sourceRoot","bytes"],["provenanceRoot","bytes"],["trail","bytes"],["binaries",{"list":{"struct":[["name","text"],["hash","bytes"]]}}],["locator","text"],["height","uint"]]} },
  "release/record_store": { route: 12, message: 9, body: {"struct":[["rc","bytes"],["store","text"],["key","bytes"]]} },
  "release/withdraw": { route: 12, message: 10, body: {"struct":[["rc","bytes"],["reason","text"]]} },
  "release/record_merge": { route: 12, message: 11, body: {"struct":[["repo","text"],["commit","bytes"]]} },
  "release/enroll": { route: 12, message: 12, body: {"struct":[["address","address"]]} },
  "release/strike": { route: 12, message: 13, body: {"struct":[["address","address"]]} },
  "release/grant": { route: 12, message: 14, body: {"struct":[["address","address"],["until","uint"]]} },
  "release/ungrant": { route: 12, message: 15, body: {"struct":[["address","address"]]} },
  "release/apply": { route: 12, message: 16, body: {"struct":[["college",{"choice":{"activists":1,"technologists":2}}]]} },
  "release/sponsor": { route: 12, message: 17, body: {"struct":[["address","address"]]} },
  "release/endorse": { route: 12, message: 18, body: {"struct":[["address","address"]]} },
  "release/veto": { route: 12, message: 19, body: {"struct":[["address","address"]]} },
  "release/admit": { route: 12, message: 20, body: {"struct":[["address","address"]]} },
  "release/leave": { route: 12, message: 21, body: {"struct":[]} },
  "release/open_revocation": { route: 12, message: 22, body: {"struct":[["address","address"],["reason","text"]]} },
  "release/revocation_ballot": { route: 12, message: 23, body: {"struct":[["member","address"],["choice",{"choice":{"abstain":3,"no":2,"yes":1}}]]} },
  "release/revoke_inactive": { route: 12, message: 24, body: {"struct":[["address","address"]]} },
  "release/sponsor_ctr": { route: 12, message: 25, body: {"struct":[["address","address"]]} },
  "release/endorse_ctr": { route: 12, message: 26, body: {"struct":[["address","address"]]} },
  "release/revoke_ctr": { route: 12, message: 27, body: {"struct":[["address","address"],["reason","text"]]} },
  "release/grant_auditor": { route: 12, message: 28, body: {"struct":[["address","address"]]} },
  "release/revoke_auditor": { route: 12, message: 29, body: {"struct":[["auditor","address"],["ground","uint"]]} },
  "release/veto_revocation": { route: 12, message: 33, body: {"struct":[["address","address"]]} },
  "release/appeal": { route: 12, message: 34, body: {"struct":[["role",{"choice":{"auditor":2,"ctr":1}}],["address","address"]]} },
  "release/resign": { route: 12, message: 36, body: {"struct":[["role",{"choice":{"auditor":2,"ctr":1}}]]} },
  "release/challenge_report": { route: 12, message: 38, body: {"struct":[["rc","bytes"],["auditor","address"]]} },
  "release/reclaim_stake": { route: 12, message: 39, body: {"struct":[["rc","bytes"]]} },
  "contribution/link": { route: 13, message: 1, body: {"struct":[["identity","text"],["key","bytes"],["signature","bytes"]]} },
  "contribution/transfer": { route: 13, message: 2, body: {"struct":[["to","address"],["amount","amount"]]} },
  "contribution/publish_tree": { route: 13, message: 3, body: {"struct":[["interval","uint"],["manifest",{"struct":[["ruleset","text"],["subject","bytes"],["from","uint"],["count","uint"],["total","uint"],["root","bytes"]]}],["index","uint"],["chunk","bytes"],["path",{"list":"bytes"}]]} },
  "contribution/approve": { route: 13, message: 4, body: {"struct":[["repo","text"],["branch","text"],["head","bytes"],["author","address"]]} },
  "contribution/sponsor": { route: 13, message: 5, body: {"struct":[["account","address"]]} },
  "contribution/done": { route: 13, message: 6, body: {"struct":[["order","uint"],["ok","bool"],["result","text"]]} },
  "contribution/trigger": { route: 13, message: 20, body: {"struct":[["repo","text"],["commit","bytes"]]} },
  "oracle/submit": { route: 14, message: 1, body: {"struct":[["kind",{"choice":{"contribution":1,"release-build":2,"salary":4,"state":3}}],["subject","bytes"],["interval","uint"],["ruleset","text"],["implementation","text"],["version","text"],["hash","bytes"],["locator","text"],["trace","bytes"]]} },
  "oracle/declare": { route: 14, message: 2, body: {"struct":[["watchtower",{"list":"text"}],["treegen",{"list":"text"}]]} },
  "oracle/publish": { route: 14, message: 3, body: {"struct":[["duty",{"choice":{"treegen":2,"watchtower":1}}],["name","text"],["source","text"]]} },
  "oracle/propose": { route: 14, message: 4, body: {"struct":[["action",{"choice":{"invite":1,"kick":3,"leave":2}}],["target","address"],["fine","amount"]]} },
  "oracle/vote": { route: 14, message: 5, body: {"struct":[["proposal","uint"],["for","bool"]]} },
  "oracle/execute": { route: 14, message: 6, body: {"struct":[["proposal","uint"]]} },
  "oracle/join": { route: 14, message: 7, body: {"struct":[]} },
  "oracle/recover_join": { route: 14, message: 8, body: {"struct":[]} },
  "oracle/leave": { route: 14, message: 9, body: {"struct":[]} },
  "oracle/challenge": { route: 14, message: 10, body: {"struct":[["member","address"]]} },
  "oracle/respond": { route: 14, message: 11, body: {"struct":[]} },
  "oracle/decide": { route: 14, message: 12, body: {"struct":[["member","address"]]} },
  "params/set": { route: 1, message: 1, body: {"struct":[["changes",{"list":{"struct":[["name","text"],["value","uint"]]}}]]} },
  "bank/spend": { route: 2, message: 4, body: {"struct":[["to","address"],["amount","amount"]]} },
  "availability/upgrade": { route: 4, message: 7, body: {"struct":[["height","uint"],["protocol","uint"],["reset",{"list":"text"}]]} },
  "availability/cancel": { route: 4, message: 8, body: {"struct":[["height","uint"],["protocol","uint"]]} },
  "forum/reward": { route: 8, message: 4, body: {"struct":[["post","bytes"],["book",{"choice":{"gREP":2,"wREP":1}}],["amount","amount"],["cause","text"]]} },
  "forum/vouch": { route: 8, message: 5, body: {"struct":[["post","bytes"],["author","address"]]} },
  "legislature/activate": { route: 9, message: 6, body: {"struct":[["post","bytes"],["changes",{"list":{"struct":[["name","text"],["value","uint"]]}}],["protocol","uint"]]} },
  "dcert/revoke": { route: 11, message: 21, body: {"struct":[["member","address"]]} },
  "dcert/slash": { route: 11, message: 22, body: {"struct":[["member","address"],["ppm","uint"]]} },
  "dcert/disband": { route: 11, message: 23, body: {"struct":[["slashPPM","uint"]]} },
  "release/set_grounds": { route: 12, message: 32, body: {"struct":[["grounds",{"list":{"struct":[["id","uint"],["text","text"]]}}]]} },
  "release/activate": { route: 12, message: 35, body: {"struct":[["rc","bytes"],["height","uint"]]} },
  "release/set_watchtowers": { route: 12, message: 37, body: {"struct":[["members",{"list":"address"}],["threshold","uint"]]} },
  "contribution/order": { route: 13, message: 30, body: {"struct":[["repo","text"],["action","text"],["arguments","bytes"],["bot","address"]]} },
  "contribution/access": { route: 13, message: 31, body: {"struct":[["document","text"],["to","address"],["recipient","text"],["reason","text"]]} },
  "contribution/reset": { route: 13, message: 32, body: {"struct":[["document","text"],["hash","bytes"],["locator","text"]]} },
  "contribution/require": { route: 13, message: 34, body: {"struct":[["repo","text"],["branch","text"],["ppm","uint"],["end","bool"]]} },
  "contribution/custody": { route: 13, message: 35, body: {"struct":[["document","text"],["hash","bytes"],["locator","text"],["threshold","uint"],["owners",{"list":"address"}]]} },
  "contribution/policy": { route: 13, message: 37, body: {"struct":[["exclude",{"list":"text"}],["multiply",{"list":{"struct":[["glob","text"],["ppm","uint"]]}}]]} },
  "contribution/repository": { route: 13, message: 38, body: {"struct":[["repo","text"],["branch","text"]]} },
  "oracle/register": { route: 14, message: 30, body: {"struct":[["open","bool"]]} },
  "oracle/dismiss": { route: 14, message: 31, body: {"struct":[["member","address"],["fine","amount"]]} },
};

/** The stable kinds of errors. Routes add kinds of their own, under positive codes. */
export type ErrorKind =
  /** The fee payer's allowance does not cover the fee. */
  | "ALLOWANCE"
  /** The answer would be too long. */
  | "ANSWER_SIZE"
  /** Too many requests in one batch. */
  | "BATCH_SIZE"
  /** The transaction names another chain. */
  | "CHAIN"
  /** The route is halted. */
  | "CIRCUIT_OPEN"
  /** The cursor is none of this method or topic. */
  | "CURSOR"
  /** The node no longer keeps what follows the cursor; want is the oldest cursor that it does. */
  | "CURSOR_EXPIRED"
  /** The JSON is nested too deeply. */
  | "DEPTH"
  /** validUntil has passed. */
  | "EXPIRED"
  /** feeMax is below the fee. */
  | "FEE"
  /** The bytes are no transaction. */
  | "FORM"
  /** The payer cannot pay the fee. */
  | "FUNDS"
  /** The node failed; its log tells more. */
  | "INTERNAL"
  /** Too many items in a list. */
  | "ITEMS"
  /** The mempool is full; want is the feeMax that would enter. */
  | "MEMPOOL_FULL"
  /** A message is unknown or malformed; tx_prepare answers it with code -32602. */
  | "MESSAGE"
  /** There is no such method. */
  | "METHOD"
  /** The nonce is not the account's next. */
  | "NONCE"
  /** The params do not fit the method; message names the member. */
  | "PARAMS"
  /** The message is no JSON. */
  | "PARSE"
  /** The node no longer keeps what was asked for. */
  | "PRUNED"
  /** Too many calls; the hint tells when to retry. */
  | "RATE"
  /** The JSON is no JSON-RPC 2.0 request. */
  | "REQUEST"
  /** The message may be called by other routes only. */
  | "RESERVED"
  /** at is no selector of a block. */
  | "SELECTOR"
  /** The signature does not verify. */
  | "SIGNATURE"
  /** The message, or the transaction in it (code -32003), is too long. */
  | "SIZE"
  /** Too many subscriptions on this connection. */
  | "SUBSCRIPTIONS"
  /** The node has not caught up; got is its height, want the best known. */
  | "SYNCING"
  /** There was no answer in time. */
  | "TIMEOUT"
  /** There is no such topic. */
  | "TOPIC"
  /** The method needs a WebSocket connection. */
  | "TRANSPORT"
  /** Too many calls of tx_wait are waiting. */
  | "WAITS"
  | (string & {});
