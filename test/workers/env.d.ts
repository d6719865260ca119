import type { D1Migration } from "cloudflare:test";
import type { Env as RoostEnv } from "../../src/env.ts";

declare global {
  namespace Cloudflare {
    /** Optional, so that it stays the Env of the Worker under test. */
    interface Env extends RoostEnv {
      readonly TEST_MIGRATIONS?: D1Migration[];
      /** "1" in `npm run test:long`. */
      readonly ROOST_LONG?: string;
    }
  }
}
