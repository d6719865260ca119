import type { D1Migration } from "cloudflare:test";
import type { Env as RoostEnv } from "../../src/env.ts";

declare global {
  namespace Cloudflare {
    interface Env extends RoostEnv {
      readonly TEST_MIGRATIONS: D1Migration[];
      /** "1" in `npm run test:long`. */
      readonly ROOST_LONG: string;
    }
  }
}
