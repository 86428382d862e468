/**
 * Services that call a webhook, and the names that they give to what happened. A table; never recognises anything but that.
 */
export interface EventSource {
  name: string;
  pattern: RegExp;
  events(text: string): string[];
}

/** The first row whose pattern fits decides the event; none when no row fits. */
function pick(rows: readonly (readonly [RegExp, string])[]): (text: string) => string[] {
  return (text) => {
    const row = rows.find(([pattern]) => pattern.test(text));
    return row ? [row[1]] : [];
  };
}

const cancelled = /cancel|annul|stornier|kündig/iu;

export const eventSources: readonly EventSource[] = [
  {
    name: 'stripe',
    pattern: /\bstripe\b|\bpayment\b|\bpaiement\b|\bzahlung\b/iu,
    events: pick([
      [/fail|échou|fehl|declin/iu, 'invoice.payment_failed'],
      [/refund|rembours|erstatt/iu, 'charge.refunded'],
      [cancelled, 'customer.subscription.deleted'],
      [/subscri|abonn/iu, 'customer.subscription.created'],
      [/payment|paiement|zahlung|pays/iu, 'payment_intent.succeeded'],
    ]),
  },
  {
    name: 'github',
    pattern: /\bgithub\b|\bpull request\b/iu,
    events: pick([
      [/issue.*label|label.*issue/iu, 'issues.labeled'],
      [/label/iu, 'pull_request.labeled'],
      [/pull request.*merge|merge.*pull request/iu, 'pull_request.closed'],
      [/pull request/iu, 'pull_request.opened'],
      [/release/iu, 'release.published'],
      [/star/iu, 'star.created'],
      [/issue/iu, 'issues.opened'],
      [/push|commit/iu, 'push'],
    ]),
  },
  {
    name: 'zoom',
    pattern: /\bzoom\b/iu,
    events: pick([
      [/record/iu, 'recording.completed'],
      [/./u, 'meeting.ended'],
    ]),
  },
  { name: 'calendly', pattern: /\bcalendly\b/iu, events: pick([[/./u, 'invitee.created']]) },
  {
    name: 'hubspot',
    pattern: /\bhubspot\b/iu,
    events: pick([
      [/deal/iu, 'deal.updated'],
      [/./u, 'contact.created'],
    ]),
  },
  { name: 'linear', pattern: /\blinear\b/iu, events: pick([[/./u, 'issue.created']]) },
  { name: 'jira', pattern: /\bjira\b/iu, events: pick([[/./u, 'issue.created']]) },
  { name: 'zendesk', pattern: /\bzendesk\b/iu, events: pick([[/./u, 'ticket.created']]) },
  {
    name: 'shop',
    pattern: /\bshopify\b|\borders?\b|\bcommandes?\b|\bbestell\w*|\bcustomer\b|\bclient\b|\bkunde\b/iu,
    events: pick([
      [cancelled, 'order.cancelled'],
      [/refund|return|retour|rembours/iu, 'order.returned'],
      [/sign|regist|inscri/iu, 'customer.created'],
      [/\border|commande|bestell|buys|kauft/iu, 'order.created'],
    ]),
  },
];
