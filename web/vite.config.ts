/// <reference types="vitest/config" />
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/**
 * The texts are one chunk per language. Preloading them beside the entry keeps
 * the first paint at one round trip; the unused language costs a few kilobytes once.
 */
function preloadLanguages(): Plugin {
  return {
    name: 'preload-languages',
    transformIndexHtml: {
      order: 'post',
      handler(_html, context) {
        const chunks = Object.values(context.bundle ?? {});
        const languages = chunks.filter((chunk) => chunk.type === 'chunk' && /^lang-(es|en)$/.test(chunk.name));
        return languages.map((chunk) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', href: `/${chunk.fileName}` },
          injectTo: 'head' as const,
        }));
      },
    },
  };
}

/** Lazy pages bring their styles in any order; each file therefore says which layer wins. */
function stateLayerOrder(): Plugin {
  return {
    name: 'state-layer-order',
    enforce: 'pre',
    transform(code, id) {
      if (!id.split('?')[0]?.endsWith('.css')) return null;
      return { code: `@layer mantine, app;\n${code}`, map: null };
    },
  };
}

const FIRST_PAINT_PACKAGES =
  /node_modules\/(react|react-dom|scheduler|react-i18next|i18next|clsx|tslib|get-nonce|use-sidecar|react-remove-scroll|react-remove-scroll-bar|react-style-singleton|@floating-ui|@tanstack\/(react-router|router-core|history|store|react-store|query-core|react-query)|@mantine\/(hooks|core\/esm\/(core|utils)))\//;

const FIRST_PAINT_CONTROLS =
  /node_modules\/@mantine\/(notifications|core\/esm\/components\/(ActionIcon|Button|CloseButton|FocusTrap|Indicator|Input|Loader|Menu|Notification|Overlay|Paper|Popover|Portal|SegmentedControl|Tooltip|Transition|UnstyledButton))\//;

/** What pages share beyond the first paint. */
const FORM_CONTROLS =
  /node_modules\/@mantine\/(form|core\/esm\/components\/(Anchor|Checkbox|Combobox|Drawer|Group|InlineInput|InputBase|Modal|ModalBase|PasswordInput|Pill|PillsInput|Radio|Select|Stack|Switch|TagsInput|Text|TextInput|Textarea))\//;

const server = process.env.CIBERCASE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [stateLayerOrder(), react(), preloadLanguages()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    manifest: true,
    // Inlined assets would need `data:` in font-src, which the content security policy does not grant.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // What the first paint needs anyway travels in few files rather than in sixty small ones.
        codeSplitting: {
          groups: [
            { name: 'vendor', priority: 60, test: FIRST_PAINT_PACKAGES },
            { name: 'controls', priority: 50, test: FIRST_PAINT_CONTROLS },
            { name: 'forms', priority: 20, test: FORM_CONTROLS },
            { name: 'icons', priority: 30, test: /node_modules\/@tabler\// },
            {
              name: 'ui',
              priority: 10,
              test: /\/src\/ui\/(?!Markdown|theme|global|notify)|node_modules\/@tanstack\/(react-virtual|virtual-core)\//,
            },
            {
              name: 'base',
              priority: 40,
              test: /\/src\/(api|lib|i18n\/i18n|ui\/(KeyHint|LoadingSkeleton|EmptyState|error-text|states|error-text))/,
            },
          ],
        },
      },
    },
    chunkSizeWarningLimit: 1200,
  },
  server: {
    port: 5173,
    proxy: {
      '/api': { target: server, ws: true },
      '/health': { target: server },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test-setup.ts'],
    restoreMocks: true,
  },
});
