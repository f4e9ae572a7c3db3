import { dirname, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

// The website: README, docs and the Markdown of results, as they are. `SITE_REPOSITORY` is where its files are looked at, `SITE_BASE` the
// path that it is served below (of a project's GitHub Pages its name). A link that leads nowhere ends the build.

const repository = process.env.SITE_REPOSITORY;

/** Links to files that are no pages lead to the repository; without one they are text. */
function filesOfRepository(md) {
  md.core.ruler.push('files-of-repository', ({ tokens, env }) => {
    for (const { children } of tokens) {
      let left = false;
      for (const token of children ?? []) {
        if (token.type === 'link_close' && left) {
          token.hidden = true;
          token.tag = '';
          left = false;
        }
        if (token.type !== 'link_open') continue;
        const target = token.attrGet('href');
        if (/^(?:[a-z]+:|#)/.test(target) || /\.md(?:#|$)/.test(target)) continue;
        const file = posix.join(posix.dirname(env.relativePath), decodeURI(target));
        if (repository !== undefined) token.attrSet('href', `${repository}/blob/HEAD/${file}`);
        else {
          token.hidden = true;
          left = true;
        }
      }
      if (children !== null) children.splice(0, Infinity, ...children.filter(({ hidden, type }) => !(hidden && type.startsWith('link_'))));
    }
  });
}

const pages = (...names) => names.map(([text, name]) => ({ text, link: `/docs/${name}` }));

export default defineConfig({
  title: 'embedding-bench',
  description: 'Which text encoder should you pick for your labelled data?',
  base: process.env.SITE_BASE ?? '/',
  srcDir: '../..',
  srcExclude: ['**/node_modules/**', '.github/**', '.ci/**', 'dist/**', 'perf/**', 'src/**', 'test/**', 'deploy/**'],
  rewrites: (page) => page.replace(/README\.md$/, 'index.md'),
  cleanUrls: true,
  markdown: { config: filesOfRepository },
  // Pages lie outside of this folder, where Vite would not find its Vue.
  vite: { resolve: { alias: { vue: dirname(fileURLToPath(import.meta.resolve('vue/package.json'))) } } },
  // Tables of results are wide.
  head: [['style', {}, '.VPDoc .container { max-width: none !important } .VPDoc table { font-size: 13px }']],
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Docs', link: '/docs/' },
      { text: 'Glossary', link: '/docs/glossary' },
      { text: 'API', link: '/docs/api' },
    ],
    ...(repository !== undefined && { socialLinks: [{ icon: 'github', link: repository }] }),
    sidebar: [
      {
        text: 'Start',
        items: [
          { text: 'Overview', link: '/' },
          ...pages(
            ['Getting started', 'getting-started'],
            ['By question', ''],
            ['From tickets to a model', 'tickets'],
            ['Glossary', 'glossary'],
          ),
        ],
      },
      {
        text: 'Pick an encoder',
        items: pages(
          ['Ranking frozen encoders', 'ranking'],
          ['Choosing within a budget', 'choosing'],
          ['Statistics', 'statistics'],
          ['Reports and plots', 'report'],
          ['The study', 'study'],
        ),
      },
      {
        text: 'Data and encoders',
        items: pages(
          ['Datasets', 'datasets'],
          ['Words, pairs, numbers', 'tasks'],
          ['Encoders', 'encoders'],
          ['Registry', 'registry'],
          ['Prompts, shorter vectors', 'prompts'],
        ),
      },
      {
        text: 'Fine-tune and predict',
        items: pages(
          ['Fine-tuning', 'fine-tuning'],
          ['On pairs, numbers, tags', 'fine-tuning-tasks'],
          ['The saved folder', 'model-folder'],
          ['Predicting', 'predicting'],
        ),
      },
      {
        text: 'Run',
        items: pages(
          ['Reproducibility', 'reproducibility'],
          ['In your CI', 'ci'],
          ['Graphics cards', 'devices'],
          ['Many machines', 'scale'],
          ['Network and privacy', 'network'],
          ['Limits', 'limits'],
          ['Performance', 'performance'],
        ),
      },
      {
        text: 'Programs',
        items: pages(
          ['API', 'api'],
          ['Requests', 'requests'],
          ['Output', 'output'],
          ['Architecture', 'architecture'],
          ['Development', 'development'],
        ),
      },
    ],
  },
});
