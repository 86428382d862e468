import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Advice } from '../progress.mjs';
import { inWords, prepareHome } from './home.ts';

let parent: string;

describe('the home folder', () => {
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'holdfast-home-'));
  });

  it('is refused below a file, with the file and the setting by name', () => {
    const file = join(parent, 'notes.txt');
    writeFileSync(file, '');
    const refused = () => prepareHome(join(file, 'home'));
    expect(refused).toThrow(Advice);
    expect(refused).toThrow(`The folder ${join(file, 'home')} cannot be used: ${file} is a file.`);
    expect(refused).toThrow('HOLDFAST_HOME=');
  });

  it('is refused when a file stands where its data belongs', () => {
    mkdirSync(join(parent, 'home'));
    writeFileSync(join(parent, 'home', 'data'), '');
    expect(() => prepareHome(join(parent, 'home'))).toThrow(
      `The folder ${join(parent, 'home')} cannot be used: ${join(parent, 'home', 'data')} is a file.`,
    );
  });

  it.each([
    ['EROFS', 'can only be read'],
    ['EACCES', 'may not write'],
    ['ENOSPC', 'the disk is full'],
  ])('says what %s means', (code, words) => {
    const path = join(parent, 'secrets.json');
    const error = Object.assign(new Error(`${code}: open '${path}'`), { code, path });
    expect(inWords(parent, error)).toMatchObject({ message: expect.stringContaining(words) });
  });

  it('knows a full disk also by a write that names no file', () => {
    const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(inWords(parent, error)).toMatchObject({ message: expect.stringContaining('the disk is full') });
  });

  it('leaves errors alone that are about something else', () => {
    const elsewhere = Object.assign(new Error('ENOENT'), { code: 'ENOENT', path: '/somewhere/else' });
    const beside = Object.assign(new Error('EACCES'), { code: 'EACCES', path: `${parent}-2/run` });
    for (const error of [elsewhere, beside, new Error('no code'), new Advice('advice')]) {
      expect(inWords(parent, error)).toBe(error);
    }
  });
});
