import type * as worker from "../../src/index.ts";

type Worker = typeof worker;

declare global {
  namespace Cloudflare {
    /** What `exports` of `cloudflare:workers` holds: the Worker under test. */
    interface GlobalProps {
      mainModule: Worker;
    }
  }
}
