import { createElement, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { createHoldfastClient } from './holdfast-client.js';
import { HoldfastProvider, useWorkflow } from './react.js';

function Phase({ id }: { id: string }): ReactNode {
  const { snapshot, session } = useWorkflow(id);
  return `${session.workflowId} is ${snapshot.phase}`;
}

describe('useWorkflow', () => {
  it('shows the session of the client, and asks for nothing while rendering on a server', async () => {
    const client = createHoldfastClient({
      url: 'http://holdfast.test',
      fetch: () => Promise.reject(new Error('Nothing may be asked.')),
    });
    const page = createElement(HoldfastProvider, { value: client }, createElement(Phase, { id: 'wf_1' }));
    expect(renderToString(page)).toBe('wf_1 is loading');
    expect(client.session('wf_1').followed).toBe(false);
    await client.dispose();
  });

  it('says what is missing when there is no provider', () => {
    expect(() => renderToString(createElement(Phase, { id: 'wf_1' }))).toThrow('HoldfastProvider');
  });
});
