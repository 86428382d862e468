/**
 * Chooses the model and its provider from `HOLDFAST_MODEL` and the addresses. A custom address decides by itself, because
 * gateways also have models with names such as `anthropic/claude-…`. Without one, the name decides; OpenAI's models need no
 * prefix.
 */

export interface ProviderAccess {
  /** Empty for servers that need none. */
  apiKey: string;
  /** `null` for the provider's default address. */
  baseUrl: string | null;
}

export type ModelChoice =
  | { provider: 'openai'; api: 'responses' | 'chat'; model: string; access: ProviderAccess }
  /** Chat Completions of another provider. `access.baseUrl` is set. */
  | { provider: 'compatible' | 'anthropic' | 'google'; model: string; access: ProviderAccess };

export interface ModelNaming {
  model: string;
  /** `undefined` chooses by server. */
  api: 'responses' | 'chat' | undefined;
  simulated: boolean;
  openai: ProviderAccess;
  anthropic: ProviderAccess;
  google: ProviderAccess;
}

const OPENAI_HOST = 'api.openai.com';

export function chooseModel({ model, api, simulated, ...access }: ModelNaming): ModelChoice {
  if (isElsewhere(access.openai)) {
    const chosen = api ?? (simulated ? 'responses' : 'chat');
    return chosen === 'chat'
      ? { provider: 'compatible', model, access: access.openai }
      : { provider: 'openai', api: chosen, model, access: access.openai };
  }
  const [, prefix, name] = /^(openai|anthropic|google)\/(.+)$/.exec(model) ?? [];
  if (name !== undefined && (prefix === 'anthropic' || prefix === 'google')) {
    return { provider: prefix, model: name, access: access[prefix] };
  }
  return { provider: 'openai', api: api ?? 'responses', model: name ?? model, access: access.openai };
}

/** Whether the model may have to be loaded from disk before its first output. */
export function mayStartCold({ provider, access }: ModelChoice): boolean {
  return provider === 'compatible' || (provider === 'openai' && isElsewhere(access));
}

function isElsewhere({ baseUrl }: ProviderAccess): boolean {
  return baseUrl !== null && new URL(baseUrl).hostname !== OPENAI_HOST;
}
