import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"Recipes","description":"","frontmatter":{},"headers":[],"relativePath":"recipes/index.md","filePath":"recipes/index.md"}');
const _sfc_main = { name: "recipes/index.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="recipes" tabindex="-1">Recipes <a class="header-anchor" href="#recipes" aria-label="Permalink to &quot;Recipes&quot;">​</a></h1><p>Each page answers one question with code that runs, says what holds if a process is killed at the worst moment, and what does not hold.</p><table tabindex="0"><thead><tr><th>question</th><th>recipe</th></tr></thead><tbody><tr><td>My cron job runs once per worker. How does it run once?</td><td><a href="/recipes/once-nightly.html">Once a night</a></td></tr><tr><td>How does a message reach the WebSockets of all workers?</td><td><a href="/recipes/websockets.html">WebSockets</a></td></tr><tr><td>How do all workers keep one ranking?</td><td><a href="/recipes/leaderboard.html">A leaderboard</a></td></tr><tr><td>How do I turn a feature on in all processes, without a restart?</td><td><a href="/recipes/feature-flags.html">Feature flags</a></td></tr><tr><td>The provider delivers a webhook twice. How do I act on it once?</td><td><a href="/recipes/webhooks.html">Webhooks</a></td></tr><tr><td>Cron starts a script on three machines. How does one of them do it?</td><td><a href="/recipes/cron-lock.html">A lock around a cron job</a></td></tr><tr><td>How do I end requests, jobs and the database in the right order?</td><td><a href="/recipes/graceful-shutdown.html">Graceful shutdown</a></td></tr><tr><td>How do I deploy by a symbolic link, and go back?</td><td><a href="/recipes/blue-green.html">Blue and green by a link</a></td></tr></tbody></table><p>The packages are installed as in <a href="/start.html">Start</a>, in a folder whose <code>package.json</code> has <code>&quot;type&quot;: &quot;module&quot;</code>. The first line of a block is the name of its file. Unless a page says otherwise, run it with two workers:</p><div class="language-sh vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">sh</span><pre class="shiki shiki-themes github-light-high-contrast github-dark-high-contrast vp-code" tabindex="0"><code><span class="line"><span style="--shiki-light:#702C00;--shiki-dark:#FFB757;">npx</span><span style="--shiki-light:#032563;--shiki-dark:#ADDCFF;"> @muster/core</span><span style="--shiki-light:#032563;--shiki-dark:#ADDCFF;"> start</span><span style="--shiki-light:#032563;--shiki-dark:#ADDCFF;"> server.js</span><span style="--shiki-light:#023B95;--shiki-dark:#91CBFF;"> -w</span><span style="--shiki-light:#023B95;--shiki-dark:#91CBFF;"> 2</span></span></code></pre></div><p>Without a <code>REDIS_URL</code>, state is in files that all processes of the machine share. With it, the same code works on several machines.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("recipes/index.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const index = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  index as default
};
