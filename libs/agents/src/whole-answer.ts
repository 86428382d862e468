/**
 * The HTTP client of all tools. An answer counts only when it is complete. Answers larger than `MAX_ANSWER_BYTES` and
 * redirects are refused. The caller interprets the answer.
 */
export interface WholeAnswer {
  status: number;
  ok: boolean;
  body: string;
}

/** Maximum bytes of an answer, decompressed. What a tool passes on is limited to less than this anyway. */
export const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/**
 * Also rejects when the answer breaks off after its headers, when it is too large (the rest is not read), and when it
 * redirects: a configured service does not choose where its requests go.
 */
export async function wholeAnswer(url: URL, init: RequestInit): Promise<WholeAnswer> {
  const response = await fetch(url, { ...init, redirect: 'error' });
  return { status: response.status, ok: response.ok, body: await boundedText(response) };
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  // Leaving the loop cancels the body and closes the connection.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`The answer is larger than ${MAX_ANSWER_BYTES} bytes.`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
