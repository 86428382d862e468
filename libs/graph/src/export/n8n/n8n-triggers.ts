import { ownValue } from '#libs/contracts';
import { listSettings, named, one, type Settings, startByHand, type Write } from './n8n-step.js';

export const N8N_TRIGGERS: Readonly<Record<string, Write>> = {
  'trigger.form': (values) => {
    const fields = values.value('fields');
    const known: Record<string, string> = {
      text: 'text',
      longText: 'textarea',
      email: 'email',
      number: 'number',
      date: 'date',
      choice: 'dropdown',
      file: 'file',
      checkbox: 'checkbox',
    };
    const written = (Array.isArray(fields) ? fields : []).map((field, index): Settings => {
      if (field === null || typeof field !== 'object' || Array.isArray(field))
        return { fieldLabel: String(field), fieldType: 'text' };
      for (const name of Object.keys(field)) {
        if (!['name', 'type', 'required', 'choices'].includes(name))
          values.reader.lose(`fields[${index}].${name}`, `n8n shows the name of a field; its "${name}" is left out.`);
      }
      const choices: Settings = Array.isArray(field.choices)
        ? { fieldOptions: { values: listSettings(field.choices, 'option') } }
        : {};
      return {
        fieldLabel: field.name ?? '',
        fieldType: ownValue(known, String(field.type ?? 'text')) ?? 'text',
        requiredField: field.required === true,
        ...choices,
      };
    });
    return one('formTrigger', {
      formTitle: values.text('title'),
      formFields: { values: written },
      responseMode: 'onReceived',
      options: {},
    });
  },
  'trigger.feed': (values) => {
    const { amount, unit } = values.duration('interval');
    const minutes =
      unit === 'days'
        ? Number(amount) * 1440
        : unit === 'hours'
          ? Number(amount) * 60
          : unit === 'minutes'
            ? Number(amount)
            : 1;
    if (unit === 'seconds') values.reader.lose('interval', 'n8n reads a feed once a minute at most.');
    return one('rssFeedReadTrigger', {
      feedUrl: values.text('url'),
      pollTimes: {
        item: [
          { mode: 'everyX', value: minutes % 60 ? minutes : minutes / 60, unit: minutes % 60 ? 'minutes' : 'hours' },
        ],
      },
    });
  },
  'trigger.database': (values) => {
    if (values.word('engine') !== 'postgres') return startByHand(values, 'n8n watches the rows of Postgres only.');
    const on = values.word('on');
    if (on === 'insertOrUpdate')
      values.reader.lose(
        'on',
        'n8n watches one kind of change; inserts are exported. Add a second trigger for updates.',
      );
    return one('postgresTrigger', {
      triggerMode: 'createTrigger',
      schema: named('public', 'list'),
      tableName: named(values.text('table')),
      firesOn: on === 'update' ? 'UPDATE' : on === 'delete' ? 'DELETE' : 'INSERT',
      additionalFields: {},
      options: {},
    });
  },
};
