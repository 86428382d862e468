/**
 * Authentication for HTTP and WebSocket. Until accounts exist, everyone who reaches this server is its one local user. No
 * other file decides who the viewer is, so adding accounts changes only this one.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { LOCAL_USER_ID, type UserId } from '#libs/contracts';

/** The authenticated user. */
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
  /** The viewer these credentials belong to, or `null` when they are not valid. */
  async authenticate(_credentials: Credentials): Promise<Viewer | null> {
    return { userId: LOCAL_USER_ID };
  }
}
