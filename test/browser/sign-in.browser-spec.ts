import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from '../support/accessible.ts';
import { Browser } from '../support/browser.ts';
import { Person, password, signInRequired } from '../support/person.ts';
import { System } from '../support/system.ts';

let system: System;
let browser: Browser;
let page: Page;
const ada = 'ada@example.com';

beforeAll(async () => {
  system = await System.start({ apiEnvironment: signInRequired, tokensPerSecond: 0 });
  browser = await Browser.launch();
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

/** Fills the focused field and goes to the next one. */
async function type(text: string): Promise<void> {
  await page.keyboard.type(text);
  await page.keyboard.press('Tab');
}

async function signIn(email: string, chosen: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(chosen);
  await page.keyboard.press('Enter');
}

describe('a server where people sign in', () => {
  it('leads to the form, and says when a link no longer works', async () => {
    page = await browser.open(`${system.url}/invite/${'x'.repeat(43)}`);
    await page.getByRole('heading', { name: 'This link no longer works' }).waitFor();
    await expectAccessible(page);
    await page.goto(system.url);
    await page.waitForURL(`${system.url}/sign-in`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await expectAccessible(page);
  });

  it('makes the first administrator from a link, by keyboard alone', async () => {
    await page.goto(await system.administratorLink());
    await page.getByLabel('Name').focus();
    await expectAccessible(page);
    await page.getByLabel('Name').focus();
    await type('Ada');
    await type(ada);
    await page.keyboard.type('short');
    await page.keyboard.press('Enter');
    // The browser itself refuses it.
    expect(page.url()).toContain('/invite/');
    await page.keyboard.type(' no longer, but long');
    await page.keyboard.press('Enter');
    await page.getByTestId('prompt-input').waitFor();
    await page.getByRole('link', { name: 'Account of Ada' }).waitFor();
    expect(await page.getByTestId('local-note').count()).toBe(0);
  });

  it('signs out, and opens what was asked for after signing in', async () => {
    await page.getByTestId('prompt-input').fill('[[sim: text=3]] Post in Slack');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/w\/wf_/);
    const place = page.url();
    await page.goto(`${system.url}/account`);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.waitForURL(`${system.url}/sign-in`);
    await page.goto(place);
    await page.waitForURL(/sign-in\?then=/);
    await signIn(ada, 'not the right one');
    await page.getByRole('alert').filter({ hasText: 'The address or the password is wrong.' }).waitFor();
    await expectAccessible(page);
    await signIn(ada, 'short no longer, but long');
    await page.waitForURL(place);
    await page.getByTestId('status').first().waitFor();
  });

  it('shows each session, and leaves the page where another one has signed out everywhere', async () => {
    const elsewhere = new Person(system.url, ada);
    expect((await elsewhere.signIn('short no longer, but long')).status).toBe(200);
    const place = page.url();
    const account = await browser.open(`${system.url}/account`);
    await account.getByTestId('session').nth(1).waitFor();
    await expectAccessible(account);
    await account.getByRole('button', { name: 'Sign out everywhere' }).click();
    await account.waitForURL(`${system.url}/sign-in`);
    // The workflow that was open in the other tab has a socket, which is closed.
    await page.waitForURL(/sign-in\?then=/, { timeout: 10_000 });
    await signIn(ada, 'short no longer, but long');
    await page.waitForURL(place);
    await account.close();
  });

  it('lets an administrator invite somebody, who becomes a member', async () => {
    await page.goto(`${system.url}/account`);
    await page.getByLabel('Their e-mail').fill('bob@example.com');
    await page.getByRole('button', { name: 'Make an invitation' }).click();
    const link = await page.getByTestId('made-link').inputValue();
    await expectAccessible(page);
    const bob = await Person.joins(system.url, link, 'ignored@example.com').catch(() => null);
    // The invitation is for one address, whatever its reader says.
    expect(bob).toBeNull();
    const member = new Person(system.url, 'bob@example.com');
    expect((await member.signIn(password)).status).toBe(200);
    expect(await member.data('{ account { role } }')).toEqual({ account: { role: 'MEMBER' } });
    const invite = 'mutation($input: InviteUserInput!) { inviteUser(input: $input) { url userErrors { code } } }';
    const refused = { url: null, userErrors: [{ code: 'FORBIDDEN' }] };
    expect(await member.data(invite, { input: { email: 'eve@example.com' } })).toEqual({ inviteUser: refused });
    await page.getByRole('button', { name: 'Make a link for a new password' }).click();
    const reset = await page.getByTestId('made-link').inputValue();
    expect(reset).toContain('/reset/');
    expect((await member.accept(reset, 'another password')).status).toBe(200);
    // The sessions of before have ended.
    expect((await member.request('{ viewer { id } }')).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect((await member.signIn('another password')).status).toBe(200);
  });

  it('says so when it is away', async () => {
    await page.goto(`${system.url}/account`);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.waitForURL(`${system.url}/sign-in`);
    await page.route('**/auth/**', (route) => route.abort());
    await signIn(ada, password);
    await page.getByRole('alert').filter({ hasText: 'The server could not be reached.' }).waitFor();
    await page.unroute('**/auth/**');
    expect(browser.complaints).toEqual([]);
  });
});

describe('a server with one local user', () => {
  it('says that it is local, and asks for nothing', async () => {
    const local = await system.addApi({ HOLDFAST_AUTH: 'local' });
    const other = await browser.open(local.url);
    await other.getByTestId('local-note').waitFor();
    await other.getByTestId('prompt-input').waitFor();
    await other.goto(`${local.url}/account`);
    await other.getByTestId('not-found').waitFor();
  });
});
