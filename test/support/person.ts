/** Somebody who signs in to a server that requires it, and asks with the session's cookie. */
import type { GraphqlAnswer } from './graphql-api.ts';

/** The environment of an api where people sign in. */
export const signInRequired = {
  HOLDFAST_AUTH: 'required',
  HOLDFAST_AUTH_SECRET: 'a secret of the tests, which is long enough',
};

export const password = 'correct horse battery';

export class Person {
  readonly url: string;
  readonly email: string;
  cookie = '';
  /** The session as a bearer token. */
  token = '';

  constructor(url: string, email: string) {
    this.url = url;
    this.email = email;
  }

  /** Opens a link that works once, and signs in. */
  static async joins(url: string, link: string, email: string): Promise<Person> {
    const person = new Person(url, email);
    const response = await person.accept(link);
    if (response.status !== 200) throw new Error(`The link was refused: ${response.status} ${await response.text()}`);
    const entered = await person.signIn();
    if (entered.status !== 200) throw new Error(`Signing in was refused: ${entered.status} ${await entered.text()}`);
    return person;
  }

  accept(link: string, chosen = password): Promise<Response> {
    const token = link.split('/').at(-1);
    return this.post('/account/links/accept', { token, email: this.email, name: 'Ada', password: chosen });
  }

  async signIn(chosen = password): Promise<Response> {
    const response = await this.post('/auth/sign-in/email', { email: this.email, password: chosen });
    this.cookie = (response.headers.getSetCookie()[0] ?? '').split(';', 1)[0] ?? '';
    this.token = response.headers.get('set-auth-token') ?? '';
    return response;
  }

  /** As the page sends it. */
  post(path: string, body: unknown): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: this.url, ...(this.cookie && { cookie: this.cookie }) },
      body: JSON.stringify(body),
    });
  }

  async request<T>(query: string, variables: Record<string, unknown> = {}): Promise<GraphqlAnswer<T>> {
    return (await (await this.post('/graphql', { query, variables })).json()) as GraphqlAnswer<T>;
  }

  async data<T>(query: string, variables: Record<string, unknown> = {}): Promise<T> {
    const answer = await this.request<T>(query, variables);
    if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer.errors ?? answer));
    return answer.data;
  }
}
