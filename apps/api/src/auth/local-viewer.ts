/**
 * Until accounts exist, everybody who reaches this server is its one local user. HTTP and WebSocket both ask here and
 * nowhere else, so real accounts replace this file.
 */
import { Injectable } from '@nestjs/common';
import { LOCAL_USER_ID } from '#libs/contracts';
import type { Credentials, Viewer } from './viewer.js';

@Injectable()
export class ViewerAuthentication {
  /** The viewer behind the credentials, or `null` when they prove nobody. */
  async authenticate(_credentials: Credentials): Promise<Viewer | null> {
    return { userId: LOCAL_USER_ID };
  }
}
