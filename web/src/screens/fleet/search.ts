import { text, type Raw } from "../../app/params";

export interface FleetSearch {
  worker?: string;
}

export function fleetSearch(raw: Raw): FleetSearch {
  return { worker: text(raw, "worker") };
}
