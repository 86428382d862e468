/**
 * Asking another service over HTTP: the one client of all tools. Owns that an answer counts only when it has come to its end,
 * and what is not taken from any service: more than `MAX_ANSWER_BYTES`, and a way to somewhere else. What an answer means is
 * for the caller to judge.
 */
export interface WholeAnswer {
  status: number;
  ok: boolean;
  body: string;
}

/** Bytes of an answer, decompressed. What a tool hands on is bounded to less than this in any case. */
export const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/**
 * Rejects also when the answer breaks off behind its headers, when it is too large, of which no more is read, and when it
 * points elsewhere: a service that was configured does not choose where its requests go.
 */
export async function wholeAnswer(url: URL, init: RequestInit): Promise<WholeAnswer> {
  const response = await fetch(url, { ...init, redirect: 'error' });
  return { status: response.status, ok: response.ok, body: await boundedText(response) };
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  // Leaving the iteration cancels the body, and with it the connection.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`The answer is larger than ${MAX_ANSWER_BYTES} bytes.`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
