/**
 * A room of people as PartyServer's examples have it: what one says goes to all others, frame by frame. Nothing is stored.
 * @module
 */
import { type Connection, Server, type WSMessage } from "partyserver";

export { worker as default } from "./route.ts";

export class Document extends Server {
  static override options = { hibernate: true };

  override onMessage(sender: Connection, frame: WSMessage): void {
    this.broadcast(frame, [sender.id]);
  }
}
