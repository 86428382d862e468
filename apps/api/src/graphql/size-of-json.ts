/** Approximate size of a value as UTF-8 JSON, computed without serialising it: escapes are not counted. */
export function sizeOfJson(value: unknown, enough = Number.POSITIVE_INFINITY): number {
  const waiting: unknown[] = [value];
  let bytes = 0;
  while (waiting.length > 0 && bytes <= enough) {
    const next = waiting.pop();
    if (typeof next === 'string') {
      bytes += Buffer.byteLength(next) + 3;
    } else if (next instanceof Date) {
      bytes += 27;
    } else if (typeof next !== 'object' || next === null) {
      bytes += 6;
    } else if (Array.isArray(next)) {
      bytes += 2;
      for (const item of next) waiting.push(item);
    } else {
      bytes += 2;
      for (const [name, inner] of Object.entries(next)) {
        bytes += name.length + 4;
        waiting.push(inner);
      }
    }
  }
  return bytes;
}
