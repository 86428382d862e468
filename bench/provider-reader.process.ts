/** Reads answers of the model server as cheaply as a client can: `fetch`, and one `JSON.parse` per event of the stream. */
import { answerCalls } from './forked-process.ts';

let deltas = 0;

answerCalls({
  /** Begins to read `count` answers. Resolves when all of them have begun. */
  read: async ({ url, body, count }: { url: string; body: string; count: number }): Promise<void> => {
    const headers = { authorization: 'Bearer simulator', 'content-type': 'application/json' };
    const answers = Array.from({ length: count }, () => fetch(url, { method: 'POST', headers, body }));
    for (const answer of await Promise.all(answers)) void readAnswer(answer);
  },
  deltas: () => deltas,
});

async function readAnswer(answer: Response): Promise<void> {
  if (!answer.ok || !answer.body) throw new Error(`The model server answered ${answer.status}`);
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of answer.body) {
    text += decoder.decode(bytes, { stream: true });
    let from = 0;
    for (let end = text.indexOf('\n', from); end >= 0; end = text.indexOf('\n', from)) {
      if (text.startsWith('data: ', from)) count(JSON.parse(text.slice(from + 'data: '.length, end)));
      from = end + 1;
    }
    text = text.slice(from);
  }
}

function count({ type }: { type: string }): void {
  if (type.endsWith('text.delta')) deltas += 1;
}
