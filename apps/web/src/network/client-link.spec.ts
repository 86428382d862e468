import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { describe, expect, it, vi } from 'vitest';
import { createHoldfastClient, type HoldfastClient, RequestError, type WatchSink } from '#libs/client';
import { clientLink } from './client-link.js';

const query = gql`
  query Title($id: ID!) {
    workflow(id: $id) {
      id
      title
    }
  }
`;

/** Apollo on top of the client on top of a server that answers with `answer`. */
function apolloOver(answer: (body: { query: string; variables: unknown }) => Response | Promise<Response>) {
  const client = createHoldfastClient({
    url: 'http://holdfast.test',
    fetch: async (_url, init) => answer(JSON.parse(String(init?.body))),
  });
  return new ApolloClient({ cache: new InMemoryCache(), link: clientLink(client) });
}

describe('clientLink', () => {
  it('sends the operation and caches its answer', async () => {
    const asked: unknown[] = [];
    const apollo = apolloOver((body) => {
      asked.push(body.variables);
      return Response.json({ data: { workflow: { __typename: 'Workflow', id: 'wf_1', title: 'Title' } } });
    });
    for (let time = 0; time < 2; time++) {
      const { data } = await apollo.query({ query, variables: { id: 'wf_1' } });
      expect(data).toMatchObject({ workflow: { title: 'Title' } });
    }
    expect(asked).toEqual([{ id: 'wf_1' }]);
  });

  it('follows subscriptions, tells who asked when they go on after a loss, and ends them', () => {
    const stop = vi.fn();
    const watch = vi.fn((_document: unknown, _variables: unknown, _sink: WatchSink<unknown>) => stop);
    const client = { watch, request: () => Promise.reject(new Error('Not over HTTP')) } as unknown as HoldfastClient;
    const apollo = new ApolloClient({ cache: new InMemoryCache(), link: clientLink(client) });
    const resumed = vi.fn();
    const titles: unknown[] = [];
    const query = gql`
      subscription {
        workflowsChanged {
          id
          title
        }
      }
    `;
    const subscription = apollo.subscribe({ query, context: { resumed } }).subscribe(({ data }) => titles.push(data));
    const sink = watch.mock.calls[0]?.[2];
    const data = { workflowsChanged: { __typename: 'Workflow', id: 'wf_1', title: 'Title' } };
    sink?.next(data);
    expect(titles).toEqual([data]);
    expect(apollo.cache.extract()).toMatchObject({ 'Workflow:wf_1': { title: 'Title' } });
    sink?.resumed?.();
    expect(resumed).toHaveBeenCalledTimes(1);
    subscription.unsubscribe();
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it('gives the failure of the client', async () => {
    const apollo = apolloOver(() =>
      Response.json({ errors: [{ message: 'Too deep.', extensions: { code: 'LIMIT_EXCEEDED' } }] }, { status: 400 }),
    );
    const failure = apollo.query({ query, variables: { id: 'wf_1' } });
    await expect(failure).rejects.toBeInstanceOf(RequestError);
    await expect(failure).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', message: 'Too deep.' });
  });
});
