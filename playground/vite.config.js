import { createHash } from 'node:crypto';
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

/** What the editor is made of: `src/monaco.js` instead of every feature that Monaco has. */
function smallerMonaco() {
  const own = new URL('src/monaco.js', import.meta.url).pathname;
  return {
    name: 'olympus-smaller-monaco',
    enforce: 'pre',
    resolveId: source => (source === 'monaco-editor/esm/vs/editor/edcore.main.js' ? own : null),
  };
}

/** Fonts as files, which browsers load when a text needs them, and not with the style before anything is shown. */
function fontFiles() {
  const font = /url\((["']?)data:font\/(\w+);base64,([A-Za-z0-9+/=]+)\1\)/g;
  return {
    name: 'olympus-font-files',
    enforce: 'post',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (!file.fileName.endsWith('.css')) continue;
        file.source = String(file.source).replace(font, (_all, _quote, kind, content) => {
          const bytes = Buffer.from(content, 'base64');
          const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
          const fileName = `assets/font-${hash}.${kind}`;
          if (!bundle[fileName]) this.emitFile({ type: 'asset', fileName, source: bytes });
          return `url(/playground/${fileName})`;
        });
      }
    },
  };
}

/** The editor is a chunk that the page asks for once it runs: the browser may fetch and compile it meanwhile. */
function editorAhead() {
  return {
    name: 'olympus-editor-ahead',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const editor = Object.values(bundle).find(one => one.moduleIds?.some(id => id.endsWith('/src/monaco.js')));
        const styles = [...(editor.viteMetadata?.importedCss ?? [])];
        return [
          ...[editor.fileName, ...editor.imports].map(file => ['modulepreload', file, {}]),
          ...styles.map(file => ['preload', file, { as: 'style' }]),
        ].map(([rel, file, more]) => ({
          tag: 'link',
          attrs: { rel, ...more, crossorigin: true, href: `/playground/${file}` },
          injectTo: 'head',
        }));
      },
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
  plugins: [smallerMonaco(), fontFiles(), editorAhead(), notices(), compressed()],
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
