/** A page for the browser suite: a message with parts that cannot be drawn among others that can. */
import { createRoot } from 'react-dom/client';
import type { MessagePart, MessageState } from '#libs/client';
import { MessageView } from '../src/conversation/message-view.js';
import { Boundary } from '../src/design/boundary.js';

const foreign = (part: unknown) => part as MessagePart;

const message: MessageState = {
  id: 'msg_1',
  role: 'assistant',
  runId: null,
  complete: true,
  createdAt: null,
  parts: [
    { type: 'text', text: 'Before the odd part.', state: 'done' },
    foreign({ type: 'text', text: 42 }),
    foreign({ type: 'dynamic-tool', toolName: { an: 'object' }, toolCallId: 'call_1', state: 'output-available' }),
    { type: 'text', text: 'After the odd part.', state: 'done' },
  ],
};

/** Nothing of this message can be drawn: it has no parts at all. */
const broken = { ...message, id: 'msg_2', parts: null } as unknown as MessageState;

const root = document.getElementById('root');
if (!root) throw new Error('The document has no element with the id "root".');
createRoot(root).render(
  [broken, message].map((shown) => (
    <Boundary key={shown.id} what="This message" from={shown}>
      <MessageView message={shown} labelOf={() => undefined} />
    </Boundary>
  )),
);
