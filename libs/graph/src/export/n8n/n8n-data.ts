/** Steps that fetch, store and change data, and that make payments, in n8n. */

import type { JsonValue } from '#libs/contracts';
import { ownValue } from '#libs/contracts';
import { given, type N8nStep, named, nothing, objectOf, one, type Settings, type Write } from './n8n-step.js';
import type { N8nValues } from './n8n-values.js';

function sqlTable(values: N8nValues, type: 'postgres' | 'mySql'): N8nStep {
  const operation = values.word('operation');
  if (operation === 'dump') return nothing(values, 'n8n does not dump a database.');
  if (operation === 'query') {
    const replaced: Settings = values.has('values') ? { queryReplacement: `={{ ${values.code('values')} }}` } : {};
    return one(type, {
      resource: 'database',
      operation: 'executeQuery',
      query: values.text('statement'),
      options: replaced,
    });
  }
  const picks = operation === 'update' || operation === 'delete' || operation === 'upsert';
  const where = picks ? Object.entries(objectOf(values, 'where')) : [];
  const columns = operation === 'delete' ? {} : { ...objectOf(values, 'values'), ...Object.fromEntries(where) };
  return one(type, {
    resource: 'database',
    operation: operation === 'delete' ? 'deleteTable' : operation,
    ...(type === 'postgres' ? { schema: named('public', 'list') } : {}),
    table: named(values.text('table')),
    ...(operation === 'delete'
      ? {
          deleteCommand: 'delete',
          where: { values: where.map(([column, value]) => ({ column, condition: 'equal', value })) },
        }
      : { columns: { mappingMode: 'defineBelow', value: columns, matchingColumns: where.map(([column]) => column) } }),
    options: {},
  });
}

function stripe(values: N8nValues, path: string, pairs: Readonly<Record<string, string>>): N8nStep {
  const parameters = Object.entries(given(values, pairs)).map(([name, value]) => ({ name, value }));
  return one('httpRequest', {
    method: 'POST',
    url: `https://api.stripe.com/v1/${path}`,
    authentication: 'predefinedCredentialType',
    nodeCredentialType: 'stripeApi',
    sendBody: true,
    contentType: 'form-urlencoded',
    bodyParameters: { parameters },
    options: { response: { response: { fullResponse: true } } },
  });
}

export const N8N_DATA: Readonly<Record<string, Write>> = {
  'action.http': (values) => {
    const json = (name: string): string => `={{ ${values.code(name)} }}`;
    const { amount, unit } = values.duration('timeout');
    const scale: Record<string, number> = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1000 };
    const timeout = Math.round(Number(amount) * (ownValue(scale, unit) ?? 1000));
    return one('httpRequest', {
      method: values.word('method'),
      url: values.text('url'),
      ...(values.has('query') ? { sendQuery: true, specifyQuery: 'json', jsonQuery: json('query') } : {}),
      ...(values.has('headers') ? { sendHeaders: true, specifyHeaders: 'json', jsonHeaders: json('headers') } : {}),
      ...(values.has('body')
        ? { sendBody: true, contentType: 'json', specifyBody: 'json', jsonBody: json('body') }
        : {}),
      options: { timeout, response: { response: { fullResponse: true } } },
    });
  },
  'action.database': (values) => {
    const engine = values.word('engine');
    if (engine === 'postgres') return sqlTable(values, 'postgres');
    if (engine === 'mysql') return sqlTable(values, 'mySql');
    if (engine === 'sqlserver' && values.word('operation') === 'query')
      return one('microsoftSql', { operation: 'executeQuery', query: values.text('statement') });
    return nothing(values, 'This use of the database has no counterpart in n8n.');
  },
  'action.sheet': (values) => {
    if (values.word('service') !== 'googleSheets') return nothing(values, 'n8n finds an Excel file by its id only.');
    const operation = values.word('operation');
    const where = {
      resource: 'sheet',
      documentId: named(values.text('spreadsheet')),
      sheetName: values.has('sheet') ? named(values.text('sheet')) : named('gid=0', 'list'),
    };
    if (operation === 'read') return one('googleSheets', { ...where, operation: 'read', options: {} });
    const match = operation === 'update' ? objectOf(values, 'match') : {};
    return one('googleSheets', {
      ...where,
      operation,
      columns: {
        mappingMode: 'defineBelow',
        value: { ...objectOf(values, 'row'), ...match },
        matchingColumns: Object.keys(match),
      },
      options: {},
    });
  },
  'action.transform': (values) => {
    if (values.has('items'))
      return one('code', {
        mode: 'runOnceForAllItems',
        language: 'javaScript',
        jsCode: `return [{ json: { items: (${values.code('items', { inCode: true })}).map((item, index) => ${values.code('output', { inCode: true, ownItem: true })}) } }];`,
      });
    const output = values.reader.value('output');
    const code = values.code('output');
    return one('set', {
      mode: 'raw',
      jsonOutput: `={{ ${Array.isArray(output) ? `({ items: ${code} })` : code} }}`,
      includeOtherFields: false,
      options: {},
    });
  },
  'action.code': (values) => {
    const code = values.reader.value('code');
    const program = typeof code === 'string' ? code : '';
    if (values.word('language') === 'python') {
      if (values.has('inputs'))
        values.reader.lose('inputs', 'n8n hands Python its items and nothing else; read "inputs" from them.');
      return one('code', { mode: 'runOnceForAllItems', language: 'python', pythonCode: program });
    }
    const inputs = values.has('inputs') ? values.code('inputs', { inCode: true }) : '{ }';
    return one('code', {
      mode: 'runOnceForAllItems',
      language: 'javaScript',
      jsCode: `const inputs = ${inputs};\nconst result = await (async () => {\n${program}\n})();\nreturn [{ json: Object(result) === result ? result : { value: result } }];`,
    });
  },

  'action.stripeCharge': (values) =>
    stripe(values, 'charges', {
      customer: 'customer',
      amount: 'amount',
      currency: 'currency',
      description: 'description',
    }),
  'action.stripeRefund': (values) => {
    const reason: Record<string, string> = {
      requestedByCustomer: 'requested_by_customer',
      duplicate: 'duplicate',
      fraudulent: 'fraudulent',
    };
    const step = stripe(values, 'refunds', { payment: 'charge', amount: 'amount' });
    const { parameters } = step.settings.bodyParameters as { parameters: JsonValue[] };
    return {
      ...step,
      settings: {
        ...step.settings,
        bodyParameters: {
          parameters: [...parameters, { name: 'reason', value: ownValue(reason, values.word('reason')) ?? '' }],
        },
      },
    };
  },
};
