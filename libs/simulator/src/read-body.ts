/** Reads a JSON request body within a size limit, without buffering more than the limit. */
import type { IncomingMessage } from 'node:http';
import { WireError } from './wire/wire-error.js';

/** Maximum bytes of one request; the conversation of a run stays far below. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/**
 * The parsed body.
 *
 * @throws WireError 413 when it is larger than 8 MB, 400 when it is not JSON.
 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const tooLarge = new WireError(
    413,
    `The request is larger than ${MAX_BODY_BYTES} bytes.`,
    undefined,
    'body_too_large',
  );
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge;
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) throw tooLarge;
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new WireError(400, 'We could not parse the JSON body of your request.');
  }
}
