/**
 * `npm run build:client`: writes dist/client, what the Worker serves, and dist/package, what other projects import. `--package`: that only.
 * @module
 */
import { buildClient } from "./bundle-client.ts";
import { buildPackage } from "./bundle-package.ts";

if (!process.argv.includes("--package")) {
  const paths = await buildClient();
  console.log(`client: ${paths.length} files in dist/client`);
}
const names = await buildPackage();
console.log(`package: ${names.join(", ")} in dist/package`);
