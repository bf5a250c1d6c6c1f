// The thread that checks: signatures take a millisecond or two each, and the
// page must not stutter.

import type { Finality, Proven, Roster, TrailPart } from "./forms.ts";
import { checkFinality, checkProof, checkTrail } from "./law.ts";

export type Job =
  | { kind: "finality"; genesis: string; at: string; finality: Finality; roster: Roster; trusted: string | null }
  | { kind: "proof"; root: string; key: string; proven: Proven }
  | { kind: "trail"; trail: TrailPart };

onmessage = (e: MessageEvent<{ id: number; job: Job }>) => {
  const { id, job } = e.data;
  switch (job.kind) {
    case "finality":
      return postMessage({ id, verdict: checkFinality(job.genesis, job.at, job.finality, job.roster, job.trusted) });
    case "proof":
      return postMessage({ id, verdict: checkProof(job.root, job.key, job.proven) });
    case "trail":
      return postMessage({ id, verdict: checkTrail(job.trail) });
  }
};
