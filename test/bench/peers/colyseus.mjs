/**
 * Colyseus, which stores nothing: `colyseus.mjs <state folder> <port>`. Its room `relay` tells all others at once what one of them says.
 * @module
 */
import { createServer } from "node:http";
import { Room, Server } from "@colyseus/core";
import { WebSocketTransport } from "@colyseus/ws-transport";

const [, port] = process.argv.slice(2);

class Relay extends Room {
  maxClients = 100;

  onCreate() {
    this.onMessage("input", (client, data) => {
      this.broadcast("input", { from: client.sessionId, data }, { except: client });
    });
  }
}

const http = createServer();
const transport = new WebSocketTransport({ server: http });
const server = new Server({ greet: false, gracefullyShutdown: false, transport });
server.define("relay", Relay);
process.once("disconnect", () => process.exit(1));
process.once("SIGTERM", () => process.exit(0));
await server.listen(Number(port), "127.0.0.1");
process.send?.({ url: `http://127.0.0.1:${http.address().port}` });
