/**
 * Which model is meant, and whose it is. Owns how `HOLDFAST_MODEL` and the addresses are read: an address of one's own
 * decides by itself, because gateways have models with names such as `anthropic/claude-…` too; without one, the name
 * says whose model it is, and OpenAI's need not.
 */

export interface ProviderAccess {
  /** Empty for servers that want none. */
  apiKey: string;
  /** `null` for the provider's own address. */
  baseUrl: string | null;
}

export type ModelChoice =
  | { provider: 'openai'; api: 'responses' | 'chat'; model: string; access: ProviderAccess }
  /** Chat Completions, spoken by somebody else. `access.baseUrl` is there. */
  | { provider: 'compatible' | 'anthropic' | 'google'; model: string; access: ProviderAccess };

export interface ModelNaming {
  model: string;
  /** `undefined` leaves it to what the server is. */
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

/** Whether the model may have to be loaded from a disk before it says its first word. */
export function mayStartCold({ provider, access }: ModelChoice): boolean {
  return provider === 'compatible' || (provider === 'openai' && isElsewhere(access));
}

function isElsewhere({ baseUrl }: ProviderAccess): boolean {
  return baseUrl !== null && new URL(baseUrl).hostname !== OPENAI_HOST;
}
