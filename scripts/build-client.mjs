/**
 * `npm run build:client`: writes dist/client, what the Worker serves, and dist/package, what other projects import.
 * @module
 */
import { buildClient } from "./bundle-client.ts";
import { buildPackage } from "./bundle-package.ts";

const paths = await buildClient();
console.log(`client: ${paths.length} files in dist/client`);
await buildPackage();
console.log("package: roost/server in dist/package");
