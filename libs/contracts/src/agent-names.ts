/** The agents that come with Holdfast, by the names that the API accepts. */
export const bundledAgents = ['workflow-builder', 'post-author', 'flight-booking'] as const;
export const DEFAULT_AGENT = 'workflow-builder';
