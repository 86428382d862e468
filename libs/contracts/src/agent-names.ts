/**
 * The agents that come with Holdfast, by the names that the API takes.
 */
export const bundledAgents = ['workflow-builder'] as const;
export const DEFAULT_AGENT = 'workflow-builder';
