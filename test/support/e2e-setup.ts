/**
 * Once before the end-to-end tests: the pages that the servers of all of them serve, and the Workers that they run.
 * @module
 */
import { buildClient } from "../../scripts/bundle-client.ts";
import { bundleWorkers } from "./bundled-workers.ts";

export async function setup(): Promise<() => Promise<void>> {
  const [removeWorkers] = await Promise.all([bundleWorkers(), buildClient()]);
  return removeWorkers;
}
