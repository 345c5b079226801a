#include "report/page_style.h"

#include "report/look.h"

namespace floatsd::report {
namespace {

const char* const kRules = R"(
:root{color-scheme:light dark}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);line-height:1.5}
header,main,footer{max-width:88rem;margin:0 auto;padding:0 1rem}
header{padding-top:1.75rem}
h1,h2,h3,figcaption,dd,summary,p,li{overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:0}
h2{font-size:1.25rem;line-height:1.3;margin:0 0 .75rem}
h3{font-size:1rem;margin:1.5rem 0 .5rem}
p{margin:.5rem 0}
a{color:var(--accent)}
.kind,.note{color:var(--soft)}
.kind{margin:.25rem 0 0}
.note{font-size:.875rem;max-width:60rem}
.remarks{list-style:none;margin:1rem 0 0;padding:.6rem .9rem;border-radius:.5rem;
  background:var(--warn-ground);color:var(--warn)}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;margin:1rem 0 0;padding:0}
section{margin:1.25rem 0;padding:1.1rem 1rem;background:var(--card);border:1px solid var(--rule);
  border-radius:.6rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:1.1rem 1.25rem;
  margin:0}
.tiles dt{color:var(--soft);font-size:.875rem}
.tiles dd{margin:0}
.tiles .value{font-size:1.7rem;font-weight:600;line-height:1.2;font-variant-numeric:tabular-nums}
.tiles .words{font-size:1.1rem;line-height:1.35;padding:.25rem 0}
.tiles .value.good{color:var(--good)}
.tiles .value.bad{color:var(--warn)}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));
  gap:1.25rem 1.5rem;margin:.75rem 0}
figure{margin:0;min-width:0}
figcaption{font-weight:600;font-size:.9375rem;margin-bottom:.25rem}
.charts .chart:not(.swatch){display:block;width:100%;max-width:30rem;height:auto}
.swatch{vertical-align:-1px;margin-right:.35rem}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;margin:.5rem 0;padding:0;
  font-size:.875rem}
.scroll{overflow:auto;max-width:100%;max-height:42rem;margin:.75rem 0}
.scroll:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.scroll .chart{display:block}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{padding:.32rem .75rem;border-bottom:1px solid var(--rule);text-align:left;white-space:nowrap}
thead th{position:sticky;top:0;background:var(--card);color:var(--soft);font-weight:500;
  vertical-align:bottom}
thead tr:first-child:not(:last-child) th{position:static;border-left:1px solid var(--rule);
  color:var(--ink);font-weight:600}
tbody th,tfoot th{position:sticky;left:0;background:var(--card);font-weight:500}
tbody th>div,tfoot th>div{width:max-content;max-width:11rem;white-space:normal;
  overflow-wrap:anywhere}
tfoot th,tfoot td{font-weight:600;border-bottom:0}
th:first-child{padding-left:0}
th.number,td.number{text-align:right}
.meter{display:inline-block;position:relative;width:6rem;height:.55rem;margin-right:.5rem;
  border:1px solid var(--rule);background:var(--page);border-radius:.15rem;overflow:hidden}
.meter i{position:absolute;left:0;top:0;bottom:0;background:var(--accent)}
.layers{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));
  gap:1.25rem}
.layers article{min-width:0;border:1px solid var(--rule);border-radius:.5rem;padding:.8rem .9rem}
.layers h3{margin:0}
.layers .note{margin:.1rem 0 .5rem}
.layers figcaption{font-weight:400;font-size:.8125rem;color:var(--soft);margin:.5rem 0 .1rem}
.layers .chart{display:block;width:100%;max-width:30rem;height:auto}
.mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(40%,12rem),1fr));
  gap:1rem;
  margin:.75rem 0}
.mistakes img{display:block;width:100%;max-width:12rem;height:auto;image-rendering:pixelated;
  border:1px solid var(--rule);background:var(--page)}
.mistakes figcaption{font-weight:400;font-size:.8125rem;line-height:1.35;margin:.35rem 0 0}
.mistakes b{font-weight:600}
.columns{display:flex;flex-wrap:wrap;gap:0 3rem;align-items:flex-start}
.columns>*{min-width:0;max-width:min(100%,48rem)}
.columns>.tables{flex:1 1 16rem;display:flex;flex-wrap:wrap;gap:0 3rem}
.tables>*{max-width:100%}
.columns .note{max-width:22rem}
.columns>* .scroll{max-height:none}
.columns h3{margin-top:.25rem}
pre{overflow:auto;max-width:100%;max-height:32rem;margin:.5rem 0;padding:.75rem .9rem;
  font:.8125rem/1.5 ui-monospace,"SFMono-Regular","DejaVu Sans Mono",Menlo,Consolas,monospace;
  background:var(--page);border:1px solid var(--rule);border-radius:.4rem}
details>summary{cursor:pointer;font-weight:600;padding:.25rem 0}
main>details{margin:1.25rem 0}
footer{padding-bottom:2.5rem;color:var(--soft);font-size:.875rem}
@media (min-width:64rem){.pair{display:grid;grid-template-columns:auto minmax(0,1fr);gap:0 1.25rem;
  align-items:start}.pair>:only-child{grid-column:1/-1}.pair .note{max-width:22rem}}
@media print{body{background:none}section{break-inside:avoid}.scroll,pre{max-height:none}}
)";

}  // namespace

std::string page_style() {
  return page_colours() + "body{font-family:" + kFont + "}" + kRules + chart_style();
}

}  // namespace floatsd::report
