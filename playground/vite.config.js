import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

const NOTICES = [
  'notices/fonts.txt',
  'node_modules/monaco-editor/ThirdPartyNotices.txt',
  'node_modules/prettier/THIRD-PARTY-NOTICES.md',
  'node_modules/picomatch-browser/LICENSE', // only in a worker, which build.license does not look into
];

/** Ships the notices of what npm does not list: fonts, and code that two packages carry inside. */
function notices() {
  return {
    name: 'olympus-notices',
    generateBundle() {
      const texts = NOTICES.map(file => {
        const text = readFileSync(new URL(file, import.meta.url), 'utf8').replaceAll('\r\n', '\n');
        return `==== ${file.replace('node_modules/', '')} ====\n\n${text.trim()}\n`;
      });
      this.emitFile({ type: 'asset', fileName: 'notices.txt', source: texts.join('\n\n') });
    },
  };
}

const OUT = '../router/server/static';

/** Files of text get a .br and a .gz beside them, which the router serves to who accepts them. */
function compressed() {
  const pack = folder => {
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      if (statSync(file).isDirectory()) pack(file);
      else if (/\.(js|css|svg|ttf)$/.test(name)) {
        const text = readFileSync(file);
        if (text.length < 1000) continue;
        writeFileSync(`${file}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
        writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }));
      }
    }
  };
  return { name: 'olympus-compressed', closeBundle: () => pack(new URL(OUT, import.meta.url).pathname) };
}

// The router serves the built index.html at `/` and the rest of the folder under `/playground/`.
export default defineConfig({
  base: '/playground/',
  plugins: [notices(), compressed()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    // Files only: the content-security policy allows no inline script and no data: worker.
    assetsInlineLimit: 0,
    // Monaco is one large chunk by nature; the warning would be there for ever.
    chunkSizeWarningLimit: 6000,
    license: { fileName: 'licenses.md' },
    target: 'es2022',
    rolldownOptions: {
      onwarn(warning, warn) {
        // "use client" says nothing in a bundle that only a browser runs.
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
  worker: { format: 'es' },
});
