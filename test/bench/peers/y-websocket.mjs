/**
 * The server of y-websocket with its LevelDB persistence: `y-websocket.mjs <state folder> <port>`.
 * @module
 */
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [stateDir, port] = process.argv.slice(2);
// Read by bin/utils when it is loaded.
process.env.YPERSISTENCE = stateDir;
const require = createRequire(import.meta.url);
const { setupWSConnection } = require("./node_modules/y-websocket/bin/utils.cjs");
const { Server } = require("ws");

const sockets = new Server({ noServer: true });
sockets.on("connection", setupWSConnection);
const server = createServer((_request, response) => response.end("up"));
server.on("upgrade", (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (accepted) => sockets.emit("connection", accepted, request));
});
process.once("disconnect", () => process.exit(1));
server.listen(Number(port), "127.0.0.1", () => {
  process.send?.({ url: `http://127.0.0.1:${server.address().port}` });
});
