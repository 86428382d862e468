/**
 * What is known at a place of the graph: where fields, texts, lists and addresses can be read from there. Steps ask it for
 * expressions, so that these only ever refer to what comes before. Never decides which steps there are.
 */
import type { PlannedNode } from './plan.js';

export class Facts {
  /** Path of the thing that this is about, such as `trigger.body` or `item`. */
  base = 'trigger';
  /** The best text so far, as a template. */
  text = '{{ toJson(trigger) }}';
  /** The best list so far, as an expression. */
  list: string | undefined;
  /** Address of the person that this is about, as a template. */
  person = '{{ trigger.email }}';
  /** One sentence on what happened, as a template. */
  headline = 'The workflow was started.';
  /** Expression of the category that a classification gave. */
  category: string | undefined;
  /** Expression of the body of the last HTTP answer. */
  response: string | undefined;
  /** Reference to the last file, as a template. */
  file: string | undefined;
  triggerType = 'trigger.manual';
  /** When a workflow starts that starts by the clock, as cron. */
  cron: string | undefined;
  /** An AI step has written something since the trigger: messages carry it. */
  written = false;
  private readonly fields = new Map<string, string>();

  /** An independent copy: what a branch learns is not known outside of it. */
  branch(): Facts {
    const copy = new Facts();
    Object.assign(copy, this);
    // Object.assign shares the map; the copy needs its own.
    Object.assign(copy, { fields: new Map(this.fields) });
    return copy;
  }

  /** Expression for a field of the thing that this is about. */
  field(name: string): string {
    const known = this.fields.get(name);
    if (known !== undefined) return known;
    // A schedule brings no data of its own: what is spoken of came with the last answer of an API.
    const empty = this.base === 'trigger' && /^trigger\.(?:schedule|manual)$/u.test(this.triggerType);
    return empty && this.response !== undefined ? `${this.response}.${name}` : `${this.base}.${name}`;
  }

  /** Makes a field readable from another place than the thing that this is about. */
  setField(name: string, expression: string): void {
    this.fields.set(name, expression);
  }

  /** A message on what happened: what an AI step wrote, else the headline. */
  message(): string {
    const rows = this.triggerType === 'trigger.schedule' && this.list !== undefined;
    return this.written || rows ? this.text : this.headline;
  }

  /** The list to go through, as an expression. */
  listOrGuess(name: string): string {
    return this.list ?? `${this.base}.${name}`;
  }

  enterLoop(singular: string): void {
    this.base = 'item';
    this.text = '{{ toJson(item) }}';
    this.person = '{{ item.email }}';
    this.headline = `${singular.charAt(0).toUpperCase()}${singular.slice(1)} {{ coalesce(item.name, item.id, index) }}`;
    this.list = undefined;
    this.written = false;
    this.fields.clear();
  }

  /** Learns what a node provides to those after it. */
  observe(node: PlannedNode): void {
    const at = `nodes.${node.id}`;
    const read = (path: string) => `{{ ${path} }}`;
    switch (node.type) {
      case 'ai.summarise':
        this.wrote(read(`${at}.summary`));
        return;
      case 'ai.generate':
      case 'ai.translate':
        this.wrote(read(`${at}.text`));
        return;
      case 'ai.classify':
        this.category = `${at}.category`;
        return;
      case 'ai.extract':
        for (const entry of Array.isArray(node.parameters.fields) ? node.parameters.fields : []) {
          const name = typeof entry === 'string' ? entry : (entry as { name?: string } | null)?.name;
          if (name === undefined) continue;
          this.fields.set(name, `${at}.${name}`);
          const isList = typeof entry === 'object' && entry !== null && 'type' in entry && entry.type === 'list';
          if (isList) this.list = `${at}.${name}`;
        }
        this.wrote(read(`toJson(${at})`));
        return;
      case 'action.http':
        this.response = `${at}.body`;
        if (node.parameters.method === undefined || node.parameters.method === 'GET') {
          this.list = `${at}.body.items`;
          this.text = read(`toJson(${at}.body)`);
        }
        return;
      case 'action.database':
      case 'action.sheet':
        if (node.parameters.operation === 'dump') this.file = read(`${at}.file`);
        if (!['query', 'read', undefined].includes(node.parameters.operation as string | undefined)) return;
        if (node.type === 'action.sheet' && node.parameters.operation === undefined) return;
        this.list = `${at}.rows`;
        this.text = read(`toJson(${at}.rows)`);
        return;
      case 'action.crm':
        if (node.parameters.operation === 'find') this.list = `${at}.records`;
        return;
      case 'action.s3Download':
        this.file = read(`${at}.file`);
        this.list = `${at}.rows`;
        this.text = read(`toJson(${at}.content)`);
        return;
      case 'action.slack':
        if (node.parameters.operation !== 'readReplies') return;
        this.list = `${at}.replies`;
        this.text = read(`toJson(${at}.replies)`);
        return;
      case 'logic.filter':
        if (node.parameters.items !== undefined) this.list = `${at}.items`;
        return;
      case 'action.transform':
        if (node.parameters.items !== undefined) this.list = `${at}.items`;
        return;
      case 'logic.forEach':
        this.enterLoop('item');
        return;
      case 'logic.errorHandler':
        this.headline = 'Failed at {{ error.label }}: {{ error.message }}';
        this.text = '{{ error.message }}';
        this.written = false;
        return;
      default:
        if (node.type.startsWith('trigger.')) this.observeTrigger(node);
    }
  }

  private wrote(template: string): void {
    this.text = template;
    this.written = true;
  }

  private observeTrigger(node: PlannedNode): void {
    this.triggerType = node.type;
    switch (node.type) {
      case 'trigger.webhook': {
        this.base = 'trigger.body';
        this.text = '{{ toJson(trigger.body) }}';
        this.person = '{{ trigger.body.email }}';
        const source = typeof node.parameters.source === 'string' ? node.parameters.source : '';
        this.headline = `${node.label}: {{ coalesce(trigger.body.name, trigger.body.id, trigger.event) }}`;
        if (source === 'stripe')
          this.headline = `${node.label} ({{ trigger.body.customer }}, {{ trigger.body.amount }})`;
        if (source === 'zoom') this.text = '{{ trigger.body.transcript }}';
        return;
      }
      case 'trigger.database':
        this.base = 'trigger.row';
        this.text = '{{ toJson(trigger.row) }}';
        this.person = '{{ trigger.row.email }}';
        this.headline = `${node.label}: {{ trigger.row.id }}`;
        return;
      case 'trigger.email':
        this.text = '{{ trigger.subject }}\n\n{{ trigger.text }}';
        this.person = '{{ trigger.from }}';
        this.headline = 'New email from {{ trigger.from }}: {{ trigger.subject }}';
        return;
      case 'trigger.chat':
        this.text = '{{ trigger.text }}';
        this.person = '{{ trigger.user }}';
        this.headline = '{{ trigger.user }} wrote: {{ trigger.text }}';
        return;
      case 'trigger.feed':
        this.text = '{{ trigger.title }}\n\n{{ trigger.content }}';
        this.headline = '{{ trigger.title }} – {{ trigger.link }}';
        return;
      case 'trigger.file':
        this.text = '{{ trigger.text }}';
        this.list = 'trigger.rows';
        this.file = '{{ trigger.file }}';
        this.headline = 'New file {{ trigger.name }}';
        return;
      case 'trigger.form':
        this.text = '{{ toJson(trigger) }}';
        this.headline = 'New answer from {{ trigger.email }}';
        return;
      case 'trigger.schedule':
        this.cron = String(node.parameters.cron);
        this.base = 'trigger';
        this.text = '{{ trigger.scheduledAt }}';
        this.person = '{{ settings.recipient }}';
        this.headline = `${node.label} ({{ formatDate(now, "yyyy-MM-dd HH:mm") }})`;
        return;
      default:
        this.headline = `${node.label}, started by {{ trigger.startedBy }}`;
        this.person = '{{ trigger.email }}';
    }
  }
}
