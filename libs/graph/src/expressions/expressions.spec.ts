import { describe, expect, it } from 'vitest';
import { parseExpression } from './parse-expression.js';
import { parseCondition, Template } from './parse-template.js';

describe('parseExpression', () => {
  it('collects what an expression reads, in order', () => {
    const result = parseExpression('trigger.a.b > 3 && !nodes["send-mail"].ok ? item[0].x : settings.limit');
    expect(result).toMatchObject({
      ok: true,
      references: [
        { root: 'trigger', path: ['a', 'b'] },
        { root: 'nodes', nodeId: 'send-mail', path: ['ok'] },
        { root: 'item', path: ['0', 'x'] },
        { root: 'settings', path: ['limit'] },
      ],
    });
  });

  it('looks into computed members', () => {
    expect(parseExpression('trigger.rows[index].name')).toMatchObject({
      references: [
        { root: 'trigger', path: ['rows'] },
        { root: 'index', path: [] },
      ],
    });
  });

  it.each([
    '1',
    '"text"',
    'true',
    'null',
    '[1, 2]',
    '-trigger.x',
    'trigger?.x',
    'a ?? b',
    'contains("it\'s", "s")',
    'min(1, 2, 3)',
  ])('accepts %s', (source) => {
    expect(parseExpression(source).ok).toBe(true);
  });

  it.each([
    ['', /is empty/],
    ['1 +', /does not parse/],
    ['a = b', /"=="/],
    ['a | upper', /"\|"/],
    ['a b', /more than one/],
    ['this.x', /"this"/],
    ['nodes', /name the node/],
    ['nodes[item.id].x', /computed name/],
    ['item.name.includes("x")', /method/],
    ['eval("1")', /not a function here/],
    ['constructor("x")', /not a function here/],
    ['item.__proto__.x', /not data/],
    ['item["constructor"]', /not data/],
    ['round()', /round\(number, digits\)/],
    ['~1', /"~"/],
    ['(() => 1)()', /does not parse|function/],
    [`${'('.repeat(999)}1`, /does not parse|deeply/],
    ['1'.repeat(2001), /longer than/],
  ])('refuses %s with a reason', (source, reason) => {
    expect(parseExpression(source)).toMatchObject({ ok: false, error: expect.stringMatching(reason) });
  });
});

describe('the expressions of a template', () => {
  it('finds every expression with its place', () => {
    const text = 'Hi {{ trigger.name }}, {{now}}';
    expect(new Template(text).expressions.map(({ start, end }) => text.slice(start, end))).toEqual([
      '{{ trigger.name }}',
      '{{now}}',
    ]);
  });

  it('does not close inside a quoted string, and is not led astray by an apostrophe', () => {
    expect(new Template('{{ "}}" + now }} {{ don\'t }} {{ now }}').expressions.map((found) => found.ok)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('reports braces that are never closed', () => {
    expect(new Template('a {{ b').expressions).toMatchObject([
      { ok: false, error: expect.stringContaining('not closed') },
    ]);
  });

  it('finds nothing in plain text', () => {
    expect(new Template('a { b } c }}').expressions).toEqual([]);
  });
});

describe('templates', () => {
  it('tolerate braces around a whole condition', () => {
    expect(parseCondition('{{ trigger.x > 1 }}').ok).toBe(true);
    expect(parseCondition('trigger.x > 1').ok).toBe(true);
    expect(parseCondition('{{ trigger.x }} > 1').ok).toBe(false);
  });

  it('know a text that is nothing but one expression', () => {
    expect(new Template(' {{ a }} ').soleExpression).toBe(' a ');
    expect(new Template('{{ a }}{{ b }}').soleExpression).toBeNull();
    expect(new Template('a').soleExpression).toBeNull();
  });

  it('can be blanked out', () => {
    expect(new Template('x{{ a }}y{{ b }}').replaced('-')).toBe('x-y-');
  });
});
