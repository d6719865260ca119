/**
 * `npm run browser`: prints the path of the browser the tests use, after installing one where there is none.
 * @module
 */
import { findBrowser, installBrowser } from "./find-browser.ts";

try {
  console.log(findBrowser() ?? installBrowser());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
