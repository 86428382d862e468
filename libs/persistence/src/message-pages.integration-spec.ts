import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_USER_ID, limits, type MessageId, newId, type WorkflowId } from '#libs/contracts';
import { addPastRuns } from '../../../test/support/past-runs.js';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.js';

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase(process.env.HOLDFAST_TEST_DATABASE_URL);
});
afterAll(() => db.drop());

/** A workflow whose newest run has not begun, with `runs` earlier ones. Returns its messages, oldest first. */
async function conversationOf(runs: number, answerBytes = 10) {
  const { workflow } = await db.submit();
  await addPastRuns(db.dataSource, workflow.id, runs, answerBytes);
  const rows = await db.dataSource.query<{ id: MessageId; ordinal: string }[]>(
    'SELECT id, ordinal FROM messages WHERE workflow_id = $1 ORDER BY ordinal',
    [workflow.id],
  );
  return {
    workflowId: workflow.id,
    ids: rows.map((row) => row.id),
    places: rows.map((row) => Number(row.ordinal)),
  };
}

const page = (workflowId: WorkflowId, towards: 'older' | 'newer', from: number | null, size: number) =>
  db.reader.messages({ ownerId: LOCAL_USER_ID, workflowId, towards, from, size });

describe('pages of messages', () => {
  it('lead through a conversation, either way, completely and without repeating', async () => {
    const { workflowId, ids } = await conversationOf(5);
    for (const towards of ['older', 'newer'] as const) {
      const seen: MessageId[] = [];
      for (let from: number | null = null; ; ) {
        const { rows, places, hasNextPage } = await page(workflowId, towards, from, 5);
        const found = rows.map((row) => row.id);
        if (towards === 'older') seen.unshift(...found);
        else seen.push(...found);
        from = (towards === 'older' ? places[0] : places.at(-1)) ?? null;
        if (!hasNextPage) break;
      }
      expect([towards, seen]).toEqual([towards, ids]);
    }
  });

  it('end before the message that is named', async () => {
    const { workflowId, ids, places } = await conversationOf(3);
    const until = places[3] ?? null;
    const request = { ownerId: LOCAL_USER_ID, workflowId, towards: 'newer', from: null, until, size: 10 } as const;
    expect((await db.reader.messages(request)).rows.map((row) => row.id)).toEqual(ids.slice(0, 3));
  });

  it('hold as many bytes as allowed, and one run at least', async () => {
    const { workflowId, ids } = await conversationOf(6, limits.messagePageBytes / 2);
    // An answer takes more than half of the room, so a second one does not fit.
    const first = await page(workflowId, 'older', null, 50);
    expect(first.rows.map((row) => row.id)).toEqual(ids.slice(-4));
    const second = await page(workflowId, 'older', first.places[0] ?? null, 50);
    expect([second.rows.map((row) => row.id), second.hasNextPage]).toEqual([ids.slice(-6, -4), true]);
    const large = await conversationOf(3, limits.messagePageBytes * 2);
    const { rows, hasNextPage } = await page(large.workflowId, 'older', large.places.at(-2) ?? null, 50);
    expect([rows.map((row) => row.id), hasNextPage]).toEqual([large.ids.slice(-4, -2), true]);
  });

  it('are empty for anybody else, and behind the last message', async () => {
    const { workflowId, places } = await conversationOf(2);
    const request = { ownerId: newId('user'), workflowId, towards: 'older', from: null, size: 5 } as const;
    expect((await db.reader.messages(request)).rows).toEqual([]);
    expect((await page(workflowId, 'newer', places.at(-1) ?? null, 5)).rows).toEqual([]);
    expect((await page(workflowId, 'older', places[0] ?? null, 5)).rows).toEqual([]);
  });
});

describe('the snapshot of a long conversation', () => {
  it('holds its newest part and says that there is more', async () => {
    const { workflowId, ids } = await conversationOf(200);
    const snapshot = await db.reader.workflowSnapshot(LOCAL_USER_ID, workflowId);
    expect(snapshot?.messages.map((message) => message.id)).toEqual(ids.slice(-limits.snapshotMessages));
    expect(snapshot?.hasOlderMessages).toBe(true);
    const short = await conversationOf(2);
    const whole = await db.reader.workflowSnapshot(LOCAL_USER_ID, short.workflowId);
    expect([whole?.messages.map((message) => message.id), whole?.hasOlderMessages]).toEqual([short.ids, false]);
  });
});
