import { describe, expect, it } from 'vitest';
import { parseEnvironment } from './environment.js';

const required = {
  HOLDFAST_DATABASE_URL: 'postgres://user:secret@localhost:5432/holdfast',
  HOLDFAST_REDIS_URL: 'redis://localhost:6379',
  HOLDFAST_SERVICE_TOKEN: '0123456789abcdef',
  HOLDFAST_HOOK_KEY: 'fedcba9876543210',
};

describe('the environment of the API', () => {
  it('has defaults for everything but the database, Redis and the service token', () => {
    expect(parseEnvironment(required)).toMatchObject({
      port: 4000,
      host: '127.0.0.1',
      ide: false,
      introspection: true,
      simulated: false,
      webDir: null,
      allowedOrigins: [],
      trustedProxies: [],
    });
  });

  it('counts an empty value as absent', () => {
    expect(parseEnvironment({ ...required, HOLDFAST_PORT: '', HOLDFAST_WEB_DIR: '' }).port).toBe(4000);
    expect(() => parseEnvironment({ ...required, HOLDFAST_REDIS_URL: '' })).toThrow('HOLDFAST_REDIS_URL: is missing');
  });

  it.each([
    ['HOLDFAST_PORT', 'many'],
    ['HOLDFAST_PORT', '70000'],
    ['HOLDFAST_DATABASE_URL', 'mysql://localhost/x'],
    ['HOLDFAST_REDIS_URL', 'localhost:6379'],
    ['HOLDFAST_SERVICE_TOKEN', 'short'],
    ['HOLDFAST_HOOK_KEY', 'short'],
    ['HOLDFAST_IDE', 'maybe'],
    ['HOLDFAST_LOG_LEVEL', 'loud'],
    ['HOLDFAST_LOG_FORMAT', 'xml'],
    ['HOLDFAST_CONNECTIONS_PER_ADDRESS', '-1'],
    ['HOLDFAST_TRUSTED_PROXIES', '10.0.0.0/8, proxy.example'],
    ['HOLDFAST_ALLOWED_ORIGINS', 'https://ok.example, example.com/path'],
  ])('names %s when it is %j', (name, value) => {
    expect(() => parseEnvironment({ ...required, [name]: value })).toThrow(name);
  });

  it('switches a limit off with 0', () => {
    const { connectionsPerAddress } = parseEnvironment({ ...required, HOLDFAST_CONNECTIONS_PER_ADDRESS: '0' });
    expect(connectionsPerAddress).toBeNull();
  });

  it.each(['yes', 'on', '1', 'TRUE'])('reads %j as a switch that is on', (value) => {
    expect(parseEnvironment({ ...required, HOLDFAST_IDE: value }).ide).toBe(true);
  });

  it('never repeats a secret in its complaint', () => {
    expect(() => parseEnvironment({ ...required, HOLDFAST_SERVICE_TOKEN: 'hunter2' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  it('switches introspection on with the IDE, which needs it', () => {
    expect(parseEnvironment({ ...required, HOLDFAST_INTROSPECTION: 'false' }).introspection).toBe(false);
    expect(parseEnvironment({ ...required, HOLDFAST_INTROSPECTION: 'false', HOLDFAST_IDE: 'true' }).introspection).toBe(
      true,
    );
  });

  it.each(['0.0.0.0', '::', '192.168.1.7', 'holdfast.internal', '127.evil.example'])(
    'refuses to listen on %s while nobody has to sign in, and says what to do',
    (host) => {
      const open = { ...required, HOLDFAST_HOST: host };
      expect(() => parseEnvironment(open)).toThrow(/HOLDFAST_HOST: .*HOLDFAST_AUTH=required/);
      const secret = { HOLDFAST_AUTH_SECRET: 'x'.repeat(32) };
      expect(parseEnvironment({ ...open, ...secret, HOLDFAST_AUTH: 'required' }).host).toBe(host);
    },
  );

  it.each(['localhost', '127.0.0.1', '127.8.8.8', '::1'])('lets one local user listen on %s', (host) => {
    expect(parseEnvironment({ ...required, HOLDFAST_HOST: host }).auth).toBe('local');
  });

  it('has to have a secret where people sign in', () => {
    expect(() => parseEnvironment({ ...required, HOLDFAST_AUTH: 'required' })).toThrow('HOLDFAST_AUTH_SECRET');
  });
});
