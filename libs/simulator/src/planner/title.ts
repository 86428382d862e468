/** Makes a short title from the prompt's own words, so that it is in the prompt's language. */
const MAX_WORDS = 8;
const MAX_CHARS = 70;
const filler =
  /^(?:(?:please|can you|could you|i want to|i would like to|make|build|create|bitte|ich möchte|je veux|s'il te plaît|hey|hi|hello)\s+)+/iu;
const dangling =
  /\s+(?:and|or|the|a|an|to|in|on|of|for|with|by|from|if|then|und|oder|der|die|das|in|an|zu|mit|et|ou|le|la|les|de|du|des|à|par|via|is|it|them|its|at)$/iu;

/** At most eight words of the prompt's first sentence. Never empty. */
export function titleFor(prompt: string): string {
  const quoted = /^[^:\n]*:\s*["'“](.+)["'”]\s*$/su.exec(prompt.trim())?.[1] ?? prompt;
  const sentence = quoted.trim().split(/(?<=[.!?])\s|\n/u)[0] ?? '';
  const words = sentence
    .replace(filler, '')
    .replace(/[→>]+|->/gu, ' ')
    .replaceAll(/\p{Cc}/gu, ' ')
    .split(/\s+/u)
    .filter((word) => word !== '');
  let title = words.slice(0, MAX_WORDS).join(' ');
  for (let next = title.replace(dangling, ''); next !== title; next = title.replace(dangling, '')) title = next;
  title = title
    .replace(/[\s,.;:!?–-]+$/u, '')
    .slice(0, MAX_CHARS)
    .trim();
  return title === '' ? 'New workflow' : title.charAt(0).toUpperCase() + title.slice(1);
}
