/** Restricts endpoints to this machine: logs contain parts of prompts, and conditions change the answers that others get. */
import type { IncomingMessage } from 'node:http';
import { WireError } from './wire/wire-error.js';

/** @throws WireError 403 when the request comes from another machine. */
export function requireLoopback(request: IncomingMessage): void {
  const from = request.socket.remoteAddress ?? '';
  if (from === '::1' || /^(::ffff:)?127\./u.test(from)) return;
  throw new WireError(403, 'This is served to this machine only.');
}
