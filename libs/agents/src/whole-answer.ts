/**
 * Asking another service over HTTP. Owns that an answer counts only when it has come to its end; what it means is for the
 * caller to judge.
 */
export interface WholeAnswer {
  status: number;
  ok: boolean;
  body: string;
}

/** Rejects also when the answer breaks off behind its headers. */
export async function wholeAnswer(url: URL, init: RequestInit): Promise<WholeAnswer> {
  const response = await fetch(url, init);
  return { status: response.status, ok: response.ok, body: await response.text() };
}
