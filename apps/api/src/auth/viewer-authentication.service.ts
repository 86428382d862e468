/**
 * Who asks. Until accounts exist, everybody who reaches this server is its one local user. HTTP and sockets both ask here and
 * nowhere else, so real accounts change this file and no other.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { LOCAL_USER_ID, type UserId } from '#libs/contracts';

/** What the rest of the API knows of the person who asks. */
export interface Viewer {
  userId: UserId;
}

/** What a transport knows about a caller before the first operation. */
export interface Credentials {
  headers: IncomingHttpHeaders;
  /** Payload of the WebSocket's `connection_init`; absent on HTTP. */
  connectionParams?: Readonly<Record<string, unknown>>;
}

@Injectable()
export class ViewerAuthentication {
  /** The viewer behind the credentials, or `null` when they prove nobody. */
  async authenticate(_credentials: Credentials): Promise<Viewer | null> {
    return { userId: LOCAL_USER_ID };
  }
}
