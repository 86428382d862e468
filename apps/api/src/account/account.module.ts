import { Module } from '@nestjs/common';
import { AccountController } from './account.controller.js';
import { SignIn } from './sign-in.service.js';

@Module({ controllers: [AccountController], providers: [SignIn], exports: [SignIn] })
export class AccountModule {}
