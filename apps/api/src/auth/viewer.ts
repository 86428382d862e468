/**
 * Who asks. Owns the shape that the rest of the API sees; never how somebody proves to be that person.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { UserId } from '#libs/contracts';

export interface Viewer {
  userId: UserId;
}

/** What a transport knows about a caller before the first operation. */
export interface Credentials {
  headers: IncomingHttpHeaders;
  /** Payload of the WebSocket's `connection_init`; absent on HTTP. */
  connectionParams?: Readonly<Record<string, unknown>>;
}
