/**
 * Recognises steps in business systems and data stores. Owns their words and parameters.
 */
import type { Draft } from './draft.js';
import type { Parameters } from './plan.js';
import { fieldName, labelFrom, leftOut, readList } from './quantities.js';
import { type Recogniser, serviceUrl } from './recogniser.js';

function issueText(draft: Draft): Parameters {
  return { title: draft.facts.headline.slice(0, 200), body: draft.facts.text };
}

function engineOf(clause: string): string {
  if (/mysql|mariadb/iu.test(clause)) return 'mysql';
  if (/mongo/iu.test(clause)) return 'mongodb';
  if (/sqlite/iu.test(clause)) return 'sqlite';
  return /sql ?server|mssql/iu.test(clause) ? 'sqlserver' : 'postgres';
}

function drawDatabase(draft: Draft, clause: string): void {
  const engine = engineOf(clause);
  const label = labelFrom(clause, 'Ask the database');
  if (/\b(?:back ?up|dump|sauvegard\w*|sicher\w*)\b/iu.test(clause)) {
    draft.add('dumpDatabase', 'action.database', label, { engine, operation: 'dump' });
    return;
  }
  const table = fieldName(
    /\b(?:good |new |the |last week's |all |open )*([\p{L}]+s)\b(?=.*\b(?:from|in|into)\b)/iu.exec(clause)?.[1] ??
      'records',
    'records',
  );
  if (
    /\b(?:insert|save|store|write|add|put|record|log|speicher\w*|schreib\w*|enregistr\w*|ajout\w*)\b/iu.test(clause)
  ) {
    const row = { name: `{{ ${draft.facts.field('name')} }}`, email: draft.facts.person };
    const values = draft.facts.written ? { content: draft.facts.text } : row;
    draft.add('insertRow', 'action.database', label, {
      engine,
      operation: 'insert',
      table: table === 'rows' ? 'contacts' : table,
      values,
    });
    return;
  }
  const since = /\blast week|letzte\w* woche|semaine dernière\b/iu.test(clause)
    ? '7 days'
    : /\byesterday|last day|gestern|hier\b/iu.test(clause)
      ? '1 day'
      : undefined;
  draft.add(`read${table.charAt(0).toUpperCase()}${table.slice(1)}`, 'action.database', label, {
    engine,
    operation: 'query',
    statement: `select * from ${table}${since ? ` where created_at >= now() - interval '${since}'` : ''} order by id`,
  });
}

const httpWrites =
  /\b(?:create|enter|run|post|send|enrich|add|update|book|register|order|deploy|trigger|start|submit|score|check|invite|cancel|erstell\w*|crée\w*|anlegen)\b/iu;

export function drawHttp(draft: Draft, clause: string, hint?: string): void {
  const named = /\b([\p{L}-]+)\s+(?:api|service|endpoint|webhook|system)\b/iu.exec(clause)?.[1];
  const generic =
    named === undefined || /^(?:our|the|an?|your|my|this|that|its|their|unsere?|notre|external)$/iu.test(named);
  const verb = /^\W*(?:and |then |also )*([\p{L}]+)\s+(?:the |a |an |our )?([\p{L}-]+)?/iu.exec(clause);
  const name = generic ? `${verb?.[1] ?? 'service'} ${verb?.[2] ?? ''} api` : `${named} api`;
  const url = /https?:\/\/[^\s,"')]+/u.exec(clause)?.[0];
  const looks = url !== undefined && /^\W*(?:check|get|ping|watch|monitor|prüfe|vérifie)\b/iu.test(clause);
  const writes = !looks && httpWrites.test(clause.replace(url ?? '', ''));
  const node = draft.add(
    hint ?? fieldName(`call ${generic ? (verb?.[1] ?? 'api') : named}`, 'callApi'),
    'action.http',
    labelFrom(clause, 'Call the API'),
    {
      method: writes ? 'POST' : 'GET',
      url: url ?? serviceUrl(name),
      ...(writes ? { body: { id: `{{ ${draft.facts.field('id')} }}`, data: `{{ ${draft.facts.base} }}` } } : {}),
    },
  );
  if (!/\benrich/iu.test(clause)) return;
  for (const field of ['employees', 'revenue', 'industry', 'country'])
    draft.facts.setField(field, `nodes.${node.id}.body.${field}`);
}

function drawScore(draft: Draft, clause: string): void {
  drawHttp(draft, clause, 'score');
}

export const parallelWords =
  /\b(?:at the same time|in parallel|simultaneously|concurrently|gleichzeitig|parallel|en parallèle|en même temps|simultanément)\b/iu;

/** "create accounts in Google Workspace and GitHub at the same time" */
function drawAccounts(draft: Draft, clause: string): void {
  const list = clause.replace(parallelWords, '').replace(/^.*?\b(?:in|on|for|bei|dans|auf)\s+/iu, '');
  const services = readList(list).map((name) => labelFrom(name, 'Service'));
  const from = draft.tails;
  const ends = services.map((service) =>
    draft.aside(parallelWords.test(clause) ? from : draft.tails, () => {
      draft.add(fieldName(`create account ${service}`), 'action.http', `Create the ${service} account`, {
        method: 'POST',
        url: serviceUrl(`${service} api`),
        body: { name: `{{ ${draft.facts.field('employeeName')} }}`, email: draft.facts.person },
      });
    }),
  );
  draft.tails = ends.flat();
  if (draft.tails.length > 1) draft.add('accountsReady', 'logic.merge', 'Wait for all accounts', { mode: 'all' });
}

export const serviceRecognisers: readonly Recogniser[] = [
  {
    id: 'refund',
    pattern: /\brefund|\brembours|\berstatte|money back/iu,
    draw(draft, clause) {
      const payment = `{{ ${draft.facts.field('paymentId')} }}`;
      draft.add('refund', 'action.stripeRefund', labelFrom(clause, 'Refund the payment'), {
        payment,
        reason: 'requestedByCustomer',
      });
    },
    query: 'Stripe refund',
  },
  {
    id: 'charge',
    pattern:
      /\b(?:charge|bill)\b.*\b(?:customer|card|stripe|client|user|them)\b|\bstripe\b.*\bcharge|\bfacture le client/iu,
    draw(draft, clause) {
      draft.add('charge', 'action.stripeCharge', labelFrom(clause, 'Charge the customer'), {
        customer: `{{ ${draft.facts.field('customerId')} }}`,
        amount: `{{ ${draft.facts.field('amountCents')} }}`,
      });
    },
    query: 'Stripe charge',
  },
  {
    id: 'lookUp',
    pattern:
      /^\W*(?:get|fetch|list|read|load|pull(?! requests?\b)|find|search|count|hole|liste|suche|récupère)\b.*\s(?:zendesk|freshdesk|intercom|jira|linear|github)\b/iu,
    draw(draft, clause) {
      const match =
        /(?:\s+(?:from|in|on|aus|von|de|dans)(?:\s+(?:the|our|le|la))?)?\s+(zendesk|freshdesk|intercom|jira|linear|github)\b/iu.exec(
          clause,
        );
      if (!match) return;
      drawHttp(draft, `${clause.slice(0, match.index)} through the ${match[1]} API`);
      const behind = clause.slice(match.index + match[0].length);
      if (/\p{L}{3}.*\s.*\p{L}{3}/u.test(behind)) draft.remarks.push(leftOut(behind));
    },
    query: 'HTTP request to an API',
  },
  {
    id: 'linear',
    pattern: /\blinear\b/iu,
    draw(draft, clause) {
      const owner: Parameters = /account owner|owner/iu.test(clause)
        ? { assignee: `{{ ${draft.facts.field('accountOwner')} }}` }
        : {};
      draft.add('openTicket', 'action.linearIssue', labelFrom(clause, 'Open a Linear issue'), {
        team: 'Operations',
        ...issueText(draft),
        ...owner,
      });
    },
    query: 'Linear issue',
  },
  {
    id: 'jira',
    pattern: /\bjira\b/iu,
    draw(draft, clause) {
      draft.add('openJiraIssue', 'action.jiraIssue', labelFrom(clause, 'Open a Jira issue'), {
        project: 'OPS',
        ...issueText(draft),
      });
    },
    query: 'Jira issue',
  },
  {
    id: 'githubIssue',
    pattern: /\bgithub issues?\b|\b(?:issues?|bugs?|tickets?)\b.*\bgithub\b|\bgithub\b.*\bissues?\b/iu,
    draw(draft, clause) {
      const repository = /\b[\w-]+\/[\w.-]+\b/u.exec(clause)?.[0] ?? '{{ settings.githubRepository }}';
      draft.add('openIssue', 'action.githubIssue', labelFrom(clause, 'Open a GitHub issue'), {
        repository,
        operation: 'create',
        ...issueText(draft),
      });
    },
    query: 'GitHub issue',
  },
  {
    id: 'zendesk',
    pattern: /\bzendesk\b|\bsupport ticket\b|\bfreshdesk\b|\bintercom\b|\bhelp ?desk\b/iu,
    draw(draft, clause) {
      draft.add('openSupportTicket', 'action.zendeskTicket', labelFrom(clause, 'Open a support ticket'), {
        operation: 'create',
        requester: draft.facts.person,
        subject: draft.facts.headline.slice(0, 200),
        body: draft.facts.text,
      });
    },
    query: 'Zendesk ticket',
  },
  {
    id: 'assign',
    pattern: /\bassign\w*\b.*\bto\b|\bweise\b.*\bzu\b|\bassigne\w*\b.*\bà\b/iu,
    draw(draft, clause) {
      const owner = /\b(?:to|zu|à)\s+(?:the |our )?(@?[\p{L}\d][\p{L}\d._-]*)/iu.exec(clause)?.[1] ?? 'owner';
      draft.add('assignOwner', 'action.crm', labelFrom(clause, `Assign to ${owner}`), {
        operation: 'upsert',
        record: /\bdeal\b/iu.test(clause) ? 'deal' : 'lead',
        fields: { email: draft.facts.person, owner },
      });
    },
    query: 'CRM contact or lead',
  },
  {
    id: 'crm',
    pattern: /\b(?:hubspot|salesforce|pipedrive|zoho|crm)\b/iu,
    draw(draft, clause) {
      const service = /\b(hubspot|salesforce|pipedrive|zoho)\b/iu.exec(clause)?.[1]?.toLowerCase() ?? 'hubspot';
      const record = /\bdeal\b/iu.test(clause)
        ? 'deal'
        : /\bcompan/iu.test(clause)
          ? 'company'
          : /\blead\b/iu.test(clause)
            ? 'lead'
            : 'contact';
      const find = /\b(?:find|look up|search|get|check|suche)\b/iu.test(clause);
      draft.add(find ? 'findRecord' : 'saveLead', 'action.crm', labelFrom(clause, 'Save in the CRM'), {
        service,
        operation: find ? 'find' : 'upsert',
        record,
        fields: {
          email: draft.facts.person,
          name: `{{ ${draft.facts.field('name')} }}`,
          company: `{{ ${draft.facts.field('company')} }}`,
        },
      });
    },
    query: 'CRM contact or lead',
  },
  {
    id: 'sheet',
    pattern: /\b(?:google sheets?|spreadsheet|excel|sheet|airtable|tabelle|tableur)\b/iu,
    draw(draft, clause) {
      const read = /\b(?:read|get|fetch|lies|lese|pull|collect|gather|take)\b/iu.test(clause);
      const service = /excel/iu.test(clause) ? 'excel' : 'googleSheets';
      const feed = draft.facts.triggerType === 'trigger.feed';
      const row: Parameters = feed
        ? { date: '{{ trigger.publishedAt }}', link: '{{ trigger.link }}', text: draft.facts.text }
        : { date: '{{ formatDate(now, "yyyy-MM-dd HH:mm") }}', text: draft.facts.message() };
      const content: Parameters = read ? {} : { row };
      draft.add(read ? 'readSheet' : 'addRow', 'action.sheet', labelFrom(clause, 'Add a row'), {
        service,
        operation: read ? 'read' : 'append',
        spreadsheet: feed ? 'Feed entries' : 'Workflow log',
        ...content,
      });
    },
    query: 'spreadsheet row',
  },
  {
    id: 'notion',
    pattern: /\bnotion\b/iu,
    draw(draft, clause) {
      draft.add('writePage', 'action.notionPage', labelFrom(clause, 'Write a Notion page'), {
        operation: 'create',
        parent: /stand-?up/iu.test(JSON.stringify(draft.nodes)) ? 'Stand-ups' : 'Notes',
        title: 'Summary of {{ formatDate(now, "yyyy-MM-dd") }}',
        content: draft.facts.message(),
      });
    },
    query: 'Notion page',
  },
  {
    id: 'googleDoc',
    pattern:
      /\bgoogle docs?\b|\b(?:a|the) (?:word )?document\b.*\b(?:write|create)|\b(?:write|create)\b.*\bdocument\b/iu,
    draw(draft, clause) {
      draft.add('writeDocument', 'action.googleDoc', labelFrom(clause, 'Write a document'), {
        operation: 'create',
        title: 'Document of {{ formatDate(now, "yyyy-MM-dd") }}',
        content: draft.facts.message(),
      });
    },
    query: 'Google Doc',
  },
  {
    id: 's3',
    pattern: /\bs3\b|\bbucket\b|\bupload\b.*\b(?:dump|file|backup|storage|it)\b/iu,
    draw(draft, clause) {
      if (/\b(?:download|read|load|fetch|get)\b/iu.test(clause)) {
        draft.add('downloadFile', 'action.s3Download', labelFrom(clause, 'Download the file'), {
          bucket: 'acme-files',
          key: `{{ ${draft.facts.field('key')} }}`,
        });
        return;
      }
      draft.add('uploadFile', 'action.s3Upload', labelFrom(clause, 'Upload to S3'), {
        bucket: 'acme-backups',
        key: '{{ formatDate(now, "yyyy-MM-dd-HHmm") }}',
        content: draft.facts.file ?? draft.facts.text,
      });
    },
    query: 'upload a file to S3',
  },
  {
    id: 'accounts',
    pattern: /\b(?:create|set up|open|anlegen|erstelle|crée)\b.*\b(?:accounts?|konten|konto|comptes?)\b/iu,
    draw: drawAccounts,
    query: 'HTTP API account, merge parallel paths',
  },
  {
    id: 'score',
    pattern: /\bcheck\b.*\b(?:service|api|fraud)\b|\bscor(?:e|ing)\b.*\b(?:service|api)\b|\bfraud\b/iu,
    draw: drawScore,
    query: 'HTTP request to a scoring service',
  },
  {
    id: 'database',
    pattern: /\b(?:postgres(?:ql)?|mysql|mariadb|database|datenbank|base de données|sql|mongo(?:db)?|sqlite)\b/iu,
    draw: drawDatabase,
    query: 'database query',
  },
  {
    id: 'http',
    pattern:
      /\bapis?\b|\bendpoint\b|\bhttps?:\/\/|\b(?:call|ask|query) (?:our|the|an?) [\p{L}-]+ service\b|\bpurchase orders?\b|\b(?:accounting|erp|buchhaltung\w*|comptabilité|payroll|shipping) ?(?:system|software)?\b|\bwebsite\b.*\bfetch|\bfetch\b/iu,
    draw: (draft, clause) => drawHttp(draft, clause.replace(/^\W*(?:it|they) goes? into/iu, 'Enter it into')),
    query: 'HTTP request to an API',
  },
];
