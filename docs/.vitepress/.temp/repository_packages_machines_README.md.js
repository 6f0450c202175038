import { ssrRenderAttrs } from "vue/server-renderer";
import { useSSRContext } from "vue";
import { _ as _export_sfc } from "./plugin-vue_export-helper.1tPrXgE0.js";
const __pageData = JSON.parse('{"title":"@muster/machines","description":"","frontmatter":{},"headers":[],"params":{"path":"packages/machines/README"},"relativePath":"repository/packages/machines/README.md","filePath":"repository/[path].md"}');
const _sfc_main = { name: "repository/packages/machines/README.md" };
function _sfc_ssrRender(_ctx, _push, _parent, _attrs, $props, $setup, $data, $options) {
  _push(`<div${ssrRenderAttrs(_attrs)}><h1 id="mustermachines" tabindex="-1">@muster/machines <a class="header-anchor" href="#mustermachines" aria-label="Permalink to &quot;@muster/machines&quot;">​</a></h1><p>Joins the buses of several machines over one Redis stream. <code>@muster/core</code> loads it where it is asked to:</p><div class="language-sh vp-adaptive-theme"><button title="Copy Code" class="copy"></button><span class="lang">sh</span><pre class="shiki shiki-themes github-light-high-contrast github-dark-high-contrast vp-code" tabindex="0"><code><span class="line"><span style="--shiki-light:#702C00;--shiki-dark:#FFB757;">muster</span><span style="--shiki-light:#032563;--shiki-dark:#ADDCFF;"> start</span><span style="--shiki-light:#032563;--shiki-dark:#ADDCFF;"> server.js</span><span style="--shiki-light:#023B95;--shiki-dark:#91CBFF;"> --machines</span><span style="--shiki-light:#032563;--shiki-dark:#ADDCFF;"> redis://redis.internal</span></span></code></pre></div><ul><li>Broadcasts, requests, <code>members()</code> and retained values over all machines of a group, in order and at most once.</li><li>A break of the connection loses nothing that the stream still has; what is lost is told (<code>bus.onGap</code>).</li><li>A machine that is gone is noticed within 3 s. Two connections to Redis for each machine.</li></ul><p>What holds, and what it costs: <code>docs/guide/machines.md</code> of the repository. The contract is <a href="/repository/packages/machines/src/machines.ts.html" target="_self">machines.ts</a>; another log than a Redis stream is a <a href="/repository/packages/machines/src/link/link.ts.html" target="_self"><code>Link</code></a>.</p></div>`);
}
const _sfc_setup = _sfc_main.setup;
_sfc_main.setup = (props, ctx) => {
  const ssrContext = useSSRContext();
  (ssrContext.modules || (ssrContext.modules = /* @__PURE__ */ new Set())).add("repository/packages/machines/README.md");
  return _sfc_setup ? _sfc_setup(props, ctx) : void 0;
};
const README = /* @__PURE__ */ _export_sfc(_sfc_main, [["ssrRender", _sfc_ssrRender]]);
export {
  __pageData,
  README as default
};
