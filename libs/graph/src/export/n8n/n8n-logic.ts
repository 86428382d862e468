/** Steps that decide, repeat, wait or end, in n8n. */
import { conditionOf, one, type Settings, type Write } from './n8n-step.js';

export const N8N_LOGIC: Readonly<Record<string, Write>> = {
  'logic.if': (values) => ({
    ...one('if', { conditions: conditionOf(values.code('condition')), options: {} }),
    branches: ['true', 'false'],
  }),
  'logic.switch': (values) => {
    const value = (): string => (values.has('value') ? values.code('value') : 'undefined');
    const quoted = (name: string): string => JSON.stringify(name).replaceAll('{', '\\u007b').replaceAll('}', '\\u007d');
    const cases = values.cases((name) => `(${value()} == ${quoted(name)})`);
    const rules = [...cases].map(
      ([name, code]): Settings => ({ conditions: conditionOf(code), renameOutput: true, outputKey: name }),
    );
    return {
      ...one('switch', {
        mode: 'rules',
        rules: { values: rules },
        options: { fallbackOutput: 'extra', renameFallbackOutput: 'default' },
      }),
      branches: [...new Set([...cases.keys(), 'default'])],
    };
  },
  'logic.forEach': (values) => {
    if (values.word('concurrency') !== '1')
      values.reader.lose('concurrency', 'n8n goes through a list one item after the other.');
    return {
      ...one('splitInBatches', { batchSize: 1, options: {} }),
      listBefore: `return (${values.code('items', { inCode: true })}).map((item, index) => ({ json: { item, index } }));`,
      branches: ['done', 'each'],
    };
  },
  'logic.merge': (values) => {
    if (values.word('mode') !== 'any') return one('merge', { mode: 'append', options: {} });
    values.reader.lose(
      'mode',
      'n8n cannot go on with the first path only: what follows runs once for each path that arrives.',
    );
    return one('noOp');
  },
  'logic.filter': (values) => {
    const unseen = values.word('mode') === 'unseen';
    const test = unseen ? 'key' : 'condition';
    if (!values.has('items')) {
      return unseen
        ? one('removeDuplicates', {
            operation: 'removeItemsSeenInPreviousExecutions',
            logic: 'removeItemsWithAlreadySeenKeyValues',
            dedupeValue: values.value('key'),
            options: {},
          })
        : one('filter', { conditions: conditionOf(values.code('condition')), options: {} });
    }
    const list = `const items = ${values.code('items', { inCode: true })};`;
    const seen = "const seen = ($getWorkflowStaticData('global').seen ??= { });";
    const kept = unseen
      ? `${seen}\nconst kept = items.filter((item, index) => { const key = String(${values.code(test, { inCode: true, ownItem: true })}); if (seen[key]) return false; return (seen[key] = true); });`
      : `const kept = items.filter((item, index) => ${values.code(test, { inCode: true, ownItem: true })});`;
    return one('code', {
      mode: 'runOnceForAllItems',
      language: 'javaScript',
      jsCode: `${list}\n${kept}\nreturn [{ json: { items: kept, count: kept.length, dropped: items.length - kept.length } }];`,
    });
  },
  'logic.wait': (values) => {
    const mode = values.word('mode');
    if (mode === 'until') return one('wait', { resume: 'specificTime', dateTime: values.value('until') });
    const { amount, unit } = values.duration(mode === 'webhook' ? 'timeout' : 'duration');
    if (mode !== 'webhook') return one('wait', { resume: 'timeInterval', amount, unit });
    values.reader.lose(
      'timeout',
      'In n8n the same output is used when nothing came; the step behind it tells by the address of the call. Check it there.',
    );
    return {
      ...one('wait', {
        resume: 'webhook',
        httpMethod: 'POST',
        limitWaitTime: true,
        limitType: 'afterTimeInterval',
        resumeAmount: amount,
        resumeUnit: unit,
        options: {},
      }),
      testAfter: "String($json.webhookUrl).includes('waiting')",
      branches: ['received', 'timedOut'],
    };
  },
  'logic.approval': (values) => {
    const { amount, unit } = values.duration('timeout');
    const to = values.has('approvers') ? values.text('approvers') : '';
    if (to === '') values.reader.lose('approvers', 'n8n asks by email: fill in who is asked.');
    return {
      ...one('gmail', {
        resource: 'message',
        operation: 'sendAndWait',
        sendTo: to,
        subject: 'Approval',
        message: values.text('message'),
        responseType: 'approval',
        approvalOptions: { values: { approvalType: 'double' } },
        options: {
          limitWaitTime: { values: { limitType: 'afterTimeInterval', resumeAmount: amount, resumeUnit: unit } },
        },
      }),
      testAfter: '$json.data?.approved',
      branches: ['approved', 'rejected'],
    };
  },
  'logic.respond': (values) => {
    const status = values.value('status');
    return one('respondToWebhook', {
      respondWith: 'json',
      responseBody: `={{ ${values.code('body')} }}`,
      options: { responseCode: typeof status === 'string' ? status : Number(status) },
    });
  },
};
