import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';

vi.mock('streamdown', async (original) => ({
  ...(await original<typeof import('streamdown')>()),
  defaultRehypePlugins: {},
}));

it('shows the bare text when there is no sanitiser', async () => {
  const { AnswerText } = await import('./answer-text.js');
  const shown = renderToStaticMarkup(<AnswerText text="[a](https://example.com) **b** <img src=x>" />);
  expect(shown).toContain('[a](https://example.com) **b** &lt;img src=x&gt;');
});
