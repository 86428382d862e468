/** Tokens as the provider counted them. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  reasoningTokens: number | null;
}

/** The sum of both; `null` when neither is known. */
export function addUsage(sum: Usage | null, more: Usage | null): Usage | null {
  if (!sum || !more) return sum ?? more;
  const reasoning = [sum.reasoningTokens, more.reasoningTokens].filter((tokens) => tokens !== null);
  return {
    inputTokens: sum.inputTokens + more.inputTokens,
    outputTokens: sum.outputTokens + more.outputTokens,
    reasoningTokens: reasoning.length === 0 ? null : reasoning.reduce((total, tokens) => total + tokens, 0),
  };
}
