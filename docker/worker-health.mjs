/**
 * Health of the worker in its container: the worker listens on no port, but Redis knows it. Healthy means that Redis
 * answers and that a connection from this container waits there for jobs. It changes nothing.
 */
import { networkInterfaces } from 'node:os';
import { Redis } from 'ioredis';

const redis = new Redis(process.env.HOLDFAST_REDIS_URL, {
  lazyConnect: true,
  retryStrategy: null,
  connectTimeout: 5_000,
});
redis.on('error', (error) => console.error(error.message));
try {
  await redis.connect();
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses.map(({ address }) => address));
  const clients = String(await redis.client('LIST')).split('\n');
  const waiting = clients.some(
    (client) => / cmd=bzpopmin /.test(client) && own.some((address) => client.includes(` addr=${address}:`)),
  );
  if (!waiting) console.error('Redis answers, but this worker does not wait for jobs there.');
  process.exit(waiting ? 0 : 1);
} catch {
  process.exit(1); // Said by the error listener above.
}
