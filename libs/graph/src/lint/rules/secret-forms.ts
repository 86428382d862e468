/** Detects secrets by their form alone, wherever they occur. */

const SECRET_FORMS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/],
  ['an API key', /\bsk-(?:[a-zA-Z]+-)*[A-Za-z0-9_-]{16,}/],
  ['a Stripe key', /\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9]{16,}/],
  ['a GitHub token', /\b(?:gh[opusr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/],
  ['a GitLab token', /\bglpat-[A-Za-z0-9_-]{16,}/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a Slack token', /\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}/],
  ['a Slack webhook address', /hooks\.slack\.com\/services\/T[A-Z0-9]+\/B[A-Z0-9]+\/[A-Za-z0-9]{16,}/],
  ['a Google key', /\bAIza[A-Za-z0-9_-]{30,}/],
  ['a Telegram bot token', /\b\d{8,10}:[A-Za-z0-9_-]{35}\b/],
  ['a SendGrid key', /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{30,}/],
  ['a signed token', /\beyJ[A-Za-z0-9_-]{10,1000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,}/],
  ['a bearer token', /\bBearer\s+[A-Za-z0-9._~+/=-]{16,}/i],
  ['a basic authentication header', /\bBasic\s+[A-Za-z0-9+/]{12,}={0,2}(?![A-Za-z])/],
  ['an address with a password', /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@]{1,100}:[^\s:/@]{1,200}@[^\s/]+/i],
];

/** The kind of secret in the text, as a noun; `null` when none is recognisable by its form. */
export function secretForm(text: string): string | null {
  return SECRET_FORMS.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}
