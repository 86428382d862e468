/**
 * Removes empty model addresses from the environment. Docker Compose sets them when only a key is configured, and the AI
 * SDK's packages, which read the addresses on import, do not treat an empty one as absent. So this file must be imported
 * first.
 */
if (process.env.OPENAI_BASE_URL === '') delete process.env.OPENAI_BASE_URL;
if (process.env.ANTHROPIC_BASE_URL === '') delete process.env.ANTHROPIC_BASE_URL;
