/**
 * Webhook signatures according to the specification "Standard Webhooks": HMAC-SHA256 over `id.timestamp.body`, in Base64,
 * after `v1,`. Used for incoming and outgoing webhooks.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const WEBHOOK_ID_HEADER = 'webhook-id';
/** Seconds since 1970. */
export const WEBHOOK_TIMESTAMP_HEADER = 'webhook-timestamp';
export const WEBHOOK_SIGNATURE_HEADER = 'webhook-signature';

/** Maximum difference between the sender's time and ours, in either direction. */
export const WEBHOOK_TOLERANCE_SECONDS = 5 * 60;

const MAX_ID_CHARS = 256;
/** During a key change, a sender signs with both keys. */
const MAX_SIGNATURES = 8;

export interface WebhookHeaders {
  id: string | undefined;
  timestamp: string | undefined;
  signature: string | undefined;
}

/** The key for signing answers to one hook. It includes the hook's token, so a signature fits no other hook. */
export function hookSigningKey(secret: string, token: string): Buffer {
  return createHmac('sha256', secret).update(token).digest();
}

/** The value of `webhook-signature`. */
export function signWebhook(key: Buffer, id: string, timestampSeconds: number | string, body: Buffer | string): string {
  const mac = createHmac('sha256', key).update(`${id}.${timestampSeconds}.`).update(body).digest('base64');
  return `v1,${mac}`;
}

/**
 * Whether one of the signatures is valid and the time is near. Compares in constant time. Asking for the time may take a
 * database query, so this is done only after a signature proved valid.
 */
export async function isSignedWebhook(
  key: Buffer,
  headers: WebhookHeaders,
  body: Buffer,
  nowSeconds: () => Promise<number>,
): Promise<boolean> {
  const { id, timestamp, signature } = headers;
  if (!id || id.length > MAX_ID_CHARS || !timestamp || !/^\d{1,12}$/.test(timestamp) || !signature) return false;
  const expected = Buffer.from(signWebhook(key, id, timestamp, body));
  const fits = signature
    .split(' ', MAX_SIGNATURES)
    .map((given) => Buffer.from(given))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
  return fits && Math.abs((await nowSeconds()) - Number(timestamp)) <= WEBHOOK_TOLERANCE_SECONDS;
}
