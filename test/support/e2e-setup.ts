/**
 * Once before the end-to-end tests: the pages that the servers of all of them serve.
 * @module
 */
import { buildClient } from "../../scripts/bundle-client.ts";

export async function setup(): Promise<void> {
  await buildClient();
}
