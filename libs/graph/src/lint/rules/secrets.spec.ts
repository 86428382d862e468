import { describe, expect, it } from 'vitest';
import type { JsonValue } from '#libs/contracts';
import { edgeIdOf } from '../../edit/edge-id.js';
import { lintGraph } from '../lint-graph.js';

function issuesOf(type: string, parameters: Record<string, JsonValue>) {
  const position = { x: 0, y: 0 };
  return lintGraph({
    nodes: [
      { id: 'start', type: 'trigger.schedule', label: 'Monday', parameters: { cron: '0 8 * * 1' }, position },
      { id: 'n', type, label: 'Call', parameters, position },
    ],
    edges: [{ id: edgeIdOf('start', null, 'n'), source: 'start', target: 'n', branch: null }],
  });
}

const codesOf = (type: string, parameters: Record<string, JsonValue>) =>
  issuesOf(type, parameters)
    .map(({ code }) => code)
    .filter((code) => code !== 'SETTING_NEEDED');
const request = (parameters: Record<string, JsonValue>) => ({ url: 'https://a.io', method: 'POST', ...parameters });
const run = 'aB3'.repeat(14);

describe('secrets', () => {
  it.each<[string, JsonValue]>([
    ['an OpenAI key', `sk-proj-${run}`],
    ['a GitHub token', `ghp_${run}`],
    ['an AWS key', `AKIA${'Q'.repeat(16)}`],
    ['a Slack token', `xoxb-${run}`],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nabc'],
    ['a bearer token', { authorization: `Bearer ${run}` }],
    ['a connection string', 'postgres://admin:hunter22@db.acme.io/app'],
    ['a password by its name', { password: 'correct horse' }],
    ['a short password', { password: 'hunter2' }],
    ['a name that ends like one', { acmeApiKey: 'aB3aB3aB3' }],
    ['a token inside an expression', `{{ "ghp_${run}" }}`],
    ['a password that an expression quotes', { password: '{{ "correct horse" }}' }],
    ['a token beside an expression', { access_token: 'aB3aB3aB3-{{ trigger.id }}' }],
    ['a named value in a list', [{ name: 'api_key', value: 'correct horse' }]],
  ])('finds %s and does not repeat it', (_, body) => {
    const issues = issuesOf('action.http', request({ body }));
    expect(issues.map((issue) => issue.code)).toEqual(['SECRET_IN_PARAMETER']);
    expect(issues[0]?.message).not.toMatch(/aB3aB3|QQQQ|hunter2|correct horse/);
  });

  it.each<[string, Record<string, JsonValue>]>([
    ['the query of an address', { url: 'https://a.io/x?page=2&api_key=aB3aB3' }],
    ['the query of an address, as a token', { url: 'https://a.io/x?access_token=aB3aB3aB3' }],
    ['the query of an address, under a short name', { url: 'https://a.io/x?key=aB3aB3aB3aB3aB3aB3' }],
    ['an address beside expressions', { url: 'https://a.io/{{ trigger.id }}?api_key=aB3aB3&to={{ trigger.to }}' }],
    ['the parameter for the query', { query: { api_key: 'aB3aB3aB3' } }],
    ['a header of the service’s own', { headers: { 'X-Acme-Token': 'aB3aB3aB3' } }],
    ['a header without digits', { headers: { 'X-Acme-Secret': 'aBcaBcaBc' } }],
    ['headers as a list of names and values', { headers: [{ name: 'X-Acme-Token', value: 'aB3aB3' }] }],
    ['headers as a list of keys and values', { headers: [{ key: 'Authorization', value: 'aB3aB3' }] }],
    ['a short authorization', { headers: { authorization: 'aB3' } }],
    ['a short authorization with its scheme', { headers: { Authorization: 'Bearer aB3aB3' } }],
    ['an authorization with an expression in it', { headers: { Authorization: 'Bearer aB3aB3aB3{{ trigger.id }}' } }],
  ])('finds one in %s', (_, parameters) => {
    const issues = issuesOf('action.http', request(parameters));
    expect(issues.map((issue) => issue.code)).toContain('SECRET_IN_PARAMETER');
    expect(issues.map((issue) => issue.message).join()).not.toMatch(/aB3|aBcaBc/);
  });

  it.each([
    'const apiKey = "aB3aB3aB3"; return {};',
    "const password = 'hunter22';\nreturn {};",
    'headers["X-Acme-Token"] = "aB3aB3aB3"\nreturn {}',
    'return fetch(inputs.url, { headers: { Authorization: "Bearer aB3aB3aB3" } });',
    'return fetch("https://a.io?access_token=aB3aB3aB3");',
  ])('finds one in the code %j', (code) => {
    expect(codesOf('action.code', { code })).toEqual(['SECRET_IN_PARAMETER']);
  });

  it.each<Record<string, JsonValue>>([
    { body: { password: '{{ nodes.start.password }}', authorization: 'Bearer {{ trigger.token }}' } },
    { headers: { authorization: 'Bearer {{ settings.token }}', 'X-Acme-Token': '{{ settings.acme }}' } },
    { headers: { authorization: 'Basic {{ settings.user }}:{{ settings.password }}' } },
    {
      headers: {
        list: [
          { name: 'X-Acme-Token', value: '{{ settings.acme }}' },
          { name: 'accept', value: 'text/plain1' },
        ],
      },
    },
    { headers: { 'X-Atlassian-Token': 'no-check', 'X-CSRF-Token': 'Fetch', 'Idempotency-Key': 'order-20260101' } },
    { url: 'https://a.io/x?api_key={{ settings.key }}&page_token=aB3aB3aB3&key=status' },
    { url: 'https://a.io/x?access_token={{settings.token}}' },
    { query: { nextPageToken: 'aB3aB3aB3', max_tokens: '4000' } },
    { body: { token: 'the one that you were sent', resetPassword: 'send-email', secretary: 'aB3aB3aB3' } },
    { body: { api_key: 'ACME_API_KEY', password: 'required' } },
  ])('accepts %j', (parameters) => {
    expect(codesOf('action.http', request(parameters))).toEqual([]);
  });

  it.each([
    'const apiKey = inputs.apiKey; return {};',
    'const tokenName = "X-Acme-Token1"; const token = "API_TOKEN"; return {};',
    'return { headers: { Authorization: "Bearer " + inputs.token } };',
    `return { headers: { Authorization: \`Bearer \${inputs.token}\` } };`,
    'return inputs.rows.filter((row) => row.type === "password1");',
    'return { labels: { password: "Password of the account" } };',
  ])('accepts the code %j', (code) => {
    expect(codesOf('action.code', { code })).toEqual([]);
  });

  it('calls what is still to be filled in a placeholder and not a secret', () => {
    expect(codesOf('action.http', request({ headers: { authorization: 'Bearer YOUR_API_KEY' } }))).toEqual([
      'UNRESOLVED_PLACEHOLDER',
    ]);
  });
});
