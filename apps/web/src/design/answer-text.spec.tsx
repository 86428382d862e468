import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { AnswerText, safeAddress } from './answer-text.js';

const html = (text: string) => renderToStaticMarkup(<AnswerText text={text} />);

describe('AnswerText', () => {
  it('shows no image from anywhere', () => {
    const shown = html('![a chart](https://evil.example/x.png) ![](data:image/png;base64,AAAA)');
    expect(shown).not.toContain('<img');
    expect(shown).not.toContain('evil.example');
  });

  it('runs no HTML', () => {
    const shown = html(
      'before <script>alert(1)</script> <img src="https://evil.example/y.png"> <iframe src="//x"></iframe>',
    );
    expect(shown).not.toMatch(/<(script|img|iframe)/);
  });

  it('links to https and mailto addresses only', () => {
    const shown = html(
      '[a](https://example.com) [b](mailto:a@example.com) [c](javascript:alert(1)) [d](http://x.y) [e](/w/1)',
    );
    expect([...shown.matchAll(/href="([^"]+)"/g)].map((match) => match[1])).toEqual([
      'https://example.com',
      'mailto:a@example.com',
    ]);
    expect(shown).toContain('rel="noopener noreferrer nofollow"');
  });

  it('renders Markdown', () => {
    expect(html('some **bold** words')).toContain('bold</');
  });
});

describe('safeAddress', () => {
  it('refuses what is not an absolute https or mailto address', () => {
    for (const address of [
      undefined,
      '',
      'x',
      '//evil.example',
      'data:text/html,x',
      ' javascript:alert(1)',
      'ftp://a.b',
    ]) {
      expect(safeAddress(address), `${address}`).toBeNull();
    }
  });
});
