/**
 * Takes empty addresses of models out of the environment. Docker Compose hands them over where only a key is set, and the AI
 * SDK's packages, which look for addresses as soon as they are imported, do not take an empty one for an absent one. So this
 * has to be imported before them.
 */
if (process.env.OPENAI_BASE_URL === '') delete process.env.OPENAI_BASE_URL;
if (process.env.ANTHROPIC_BASE_URL === '') delete process.env.ANTHROPIC_BASE_URL;
