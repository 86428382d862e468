/** How the page is built and, during development, served. */
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compression } from 'vite-plugin-compression2';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));
/** Where the api listens while the page is served by Vite. */
const api = {
  target: `http://127.0.0.1:${process.env.HOLDFAST_PORT ?? '4000'}`,
  changeOrigin: true,
  rewriteWsOrigin: true,
};

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [
    react(),
    tailwindcss(),
    // Beside each asset, so that the api need not compress while it serves.
    compression({
      algorithms: ['brotliCompress', 'gzip'],
      include: /assets\/.*\.(js|css)$/,
      threshold: 1_024,
      logLevel: 'silent',
    }),
  ],
  resolve: {
    // The libraries' sources, without a resolve condition that dependencies might understand as well.
    alias: [
      { find: '#libs/client/react', replacement: `${projectRoot}libs/client/src/react.ts` },
      { find: /^#libs\/([\w-]+)$/, replacement: `${projectRoot}libs/$1/src/index.ts` },
    ],
  },
  build: { outDir: `${projectRoot}dist/apps/web`, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 1_200 },
  server: {
    host: '127.0.0.1',
    proxy: { '/graphql': { ...api, ws: true }, '/ide': api, '/auth': api, '/account/': api, '/hooks': api },
  },
});
