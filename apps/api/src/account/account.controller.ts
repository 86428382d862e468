/** What people need before they are signed in: how to sign in here, and links that work once. */
import { Body, Controller, Get, Header, HttpCode, HttpException, Inject, Post } from '@nestjs/common';
import { hashPassword } from 'better-auth/crypto';
import { z } from 'zod';
import { limits } from '#libs/contracts';
import { type LinkView, OneTimeLinks } from '#libs/persistence';
import { hashOf } from '../auth/secret-tokens.js';
import { API_ENVIRONMENT, type ApiEnvironment } from '../environment.js';
import { Deadline } from '../graphql/deadline.js';

const token = z.string().regex(/^[\w-]{43}$/);
const looking = z.object({ token });
const accepting = z.object({
  token,
  email: z.email().max(limits.emailChars).toLowerCase().optional(),
  name: z.string().trim().min(1).max(limits.userNameChars).optional(),
  password: z.string().min(limits.passwordCharsMin).max(limits.passwordCharsMax),
});

@Controller('account')
export class AccountController {
  constructor(
    @Inject(API_ENVIRONMENT) private readonly environment: ApiEnvironment,
    private readonly links: OneTimeLinks,
  ) {}

  /** Whether people have to sign in here, and whether they may sign up. */
  @Get('options')
  @Header('Cache-Control', 'no-store')
  options(): { auth: 'local' | 'required'; signUp: boolean } {
    const { auth, signUp } = this.environment;
    return { auth, signUp: auth === 'required' && signUp === 'open' };
  }

  /** What a link is for. 404 when it has been used, has expired or never existed. Does not use it. */
  @Post('links/look')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async look(@Body() body: unknown): Promise<LinkView> {
    const { data } = looking.safeParse(body);
    const found = data && (await this.open(hashOf(data.token)));
    if (!found) throw new HttpException('This link has expired or has been used.', 404);
    return found;
  }

  /** Uses a link. The caller then signs in with the address in the answer and the password. 409 for an address in use. */
  @Post('links/accept')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async accept(@Body() body: unknown): Promise<{ email: string }> {
    const { data, error } = accepting.safeParse(body);
    if (!data) throw new HttpException(fault(error.issues[0]?.path[0]), 400);
    const tokenHash = hashOf(data.token);
    // Before the password is hashed, which takes a while.
    const link = await this.open(tokenHash);
    const email = link?.email ?? data.email;
    if (link !== null && email === undefined) throw new HttpException(fault('email'), 400);
    if (link !== null && link.kind !== 'RESET' && data.name === undefined) throw new HttpException(fault('name'), 400);
    if (link === null || email === undefined) throw new HttpException('This link has expired or has been used.', 404);
    const passwordHash = await hashPassword(data.password);
    const result = await this.links.accept(tokenHash, { email, name: data.name ?? '', passwordHash });
    if (result.kind === 'taken') throw new HttpException('Somebody signs in with this address already.', 409);
    if (result.kind === 'not-found') throw new HttpException('This link has expired or has been used.', 404);
    return { email: result.email };
  }

  /** Invitations work only as long as people are invited at all. */
  private async open(tokenHash: string): Promise<LinkView | null> {
    const { auth, signUp } = this.environment;
    if (auth === 'local') return null;
    const link = await new Deadline().within(this.links.find(tokenHash));
    return link?.kind === 'INVITATION' && signUp === 'off' ? null : link;
  }
}

function fault(field: PropertyKey | undefined): string {
  if (field === 'email') return 'Enter an e-mail address.';
  if (field === 'name') return `Enter a name of at most ${limits.userNameChars} characters.`;
  if (field === 'password') {
    return `A password has ${limits.passwordCharsMin} to ${limits.passwordCharsMax} characters.`;
  }
  return 'This link has expired or has been used.';
}
