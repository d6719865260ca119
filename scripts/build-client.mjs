/**
 * `npm run build:client`: writes dist/client.
 * @module
 */
import { buildClient } from "./bundle-client.ts";

const paths = await buildClient();
console.log(`client: ${paths.length} files in dist/client`);
