/** Hands files to the person: the browser saves them as it saves every download. */

export function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has opened the file by then; revoking it at once would cancel the download in some.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Pixels for each unit of the picture, so that text stays sharp on a large screen. */
const PNG_SCALE = 2;
/** Browsers refuse larger canvases. */
const MAX_PNG_SIDE = 16_000;

/** Draws an SVG picture as a PNG. Rejects when the browser cannot. */
export async function pngOf(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    await image.decode();
    const scale = Math.min(PNG_SCALE, MAX_PNG_SIDE / Math.max(image.width, image.height));
    const canvas = new OffscreenCanvas(Math.ceil(image.width * scale), Math.ceil(image.height * scale));
    const context = canvas.getContext('2d');
    if (!context) throw new Error('This browser cannot draw pictures.');
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: 'image/png' });
  } finally {
    URL.revokeObjectURL(image.src);
  }
}
