// How the status page looks: one style sheet, inside of the page.
#pragma once

namespace rota {

// Light and dark by what the reader's system prefers; tables become cards where there is no room for them. Every text colour has a contrast of 4.5:1 or more to
// what it stands on, which a test computes, and no colour says what a word or a shape does not say too.
inline constexpr char kStatusStyle[] = R"css(
:root{color-scheme:light dark;--page:#f6f7f8;--card:#ffffff;--line:#e2e5e9;--text:#1b2126;--quiet:#58626d;--link:#0b62a8;--track:#e6e9ed;--good:#1a7440;--warn:#8a5700;--bad:#b3261e;--cool:#3d5fc4;--off:#5f6873;--warn-wash:#fdf5e6;--bad-wash:#fdeeed}
@media (prefers-color-scheme:dark){:root{--page:#0f1316;--card:#171c20;--line:#2a3138;--text:#e4e8eb;--quiet:#9aa6b1;--link:#7cbcf5;--track:#2b333a;--good:#5cc98d;--warn:#e3b45c;--bad:#ff9389;--cool:#9db4ff;--off:#9aa6b1;--warn-wash:#2a2315;--bad-wash:#2f1c1b}}
*{box-sizing:border-box}
html{font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font-variant-numeric:tabular-nums}
main,header,footer{max-width:1440px;margin:0 auto;padding:0 24px}
a{color:var(--link);text-decoration:none}
a:hover{text-decoration:underline}
a:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:2px}
svg{display:inline-block;vertical-align:-2px;flex:none}
header{display:flex;flex-wrap:wrap;align-items:center;gap:4px 14px;padding-top:20px;padding-bottom:16px}
header h1{display:flex;align-items:center;gap:9px;margin:0;font-size:20px;font-weight:650;letter-spacing:-.01em}
header h1 svg{color:var(--link)}
header p{margin:0;color:var(--quiet)}
header .push{margin-left:auto}
.strip{display:grid;grid-template-columns:repeat(auto-fit,minmax(118px,1fr));gap:1px;margin:0 0 16px;border:1px solid var(--line);border-radius:12px;overflow:hidden;background:var(--line)}
.strip div{padding:13px 16px 12px;background:var(--card);box-shadow:0 0 0 1px var(--line)}
.strip dt{color:var(--quiet);font-size:12.5px}
.strip dd{margin:1px 0 0;font-size:23px;line-height:1.25;font-weight:600;letter-spacing:-.015em;white-space:nowrap}
.strip small{font-size:14px;font-weight:500;letter-spacing:0;color:var(--quiet)}
.note{display:flex;gap:10px;align-items:baseline;margin:0 0 12px;padding:10px 14px;border:1px solid var(--line);border-left:4px solid var(--warn);border-radius:8px;background:var(--warn-wash)}
.note.bad{border-left-color:var(--bad);background:var(--bad-wash)}
section{margin:0 0 20px;border:1px solid var(--line);border-radius:12px;background:var(--card);overflow:hidden}
section>h2,.head{margin:0;padding:13px 16px;font-size:16px;font-weight:650}
.head{display:flex;flex-wrap:wrap;align-items:baseline;gap:2px 14px}
.head h2{margin:0;font-size:16px;font-weight:650;overflow-wrap:anywhere}
.head p{margin:0;font-size:14px;font-weight:400;color:var(--quiet)}
.head .push{margin-left:auto}
.head b{font-weight:600;color:var(--text)}
.mix{display:block;width:100%;height:4px}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
th{padding:8px 10px;text-align:left;font-size:12.5px;font-weight:500;color:var(--quiet);white-space:nowrap;border-bottom:1px solid var(--line)}
td{padding:9px 10px;vertical-align:top;border-bottom:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:0}
tbody th{padding-top:9px;padding-bottom:9px;font-size:14px;font-weight:600;color:var(--text);vertical-align:top}
th:first-child,td:first-child{padding-left:16px}
th:last-child,td:last-child{padding-right:16px}
.n{text-align:right;white-space:nowrap}
.name{display:block;min-width:16ch;max-width:26ch;overflow-wrap:anywhere;white-space:normal}
.name small,.why,.when{display:block;font-size:12.5px;font-weight:400;color:var(--quiet)}
.why{min-width:25ch;max-width:52ch;overflow-wrap:anywhere}
.hot .why{color:var(--text)}
.state{display:inline-flex;align-items:center;gap:7px;font-weight:600;white-space:nowrap}
.state .when{font-weight:400}
.share{display:inline-flex;align-items:baseline;gap:6px;justify-content:flex-end}
.share svg{position:relative;top:-2px}
.share span{min-width:50px;text-align:right}
.fleet thead .n{min-width:62px}
.fleet thead th:nth-child(2){width:99%}
.probe,.when{white-space:nowrap}
.track{fill:var(--track)}
.fill{fill:var(--link)}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}.cool{color:var(--cool)}.off{color:var(--off)}.zero{color:var(--quiet)}
tr.hot>:first-child{box-shadow:inset 3px 0 0 var(--edge)}
tr.edge-warn{--edge:var(--warn)}tr.edge-bad{--edge:var(--bad)}tr.edge-cool{--edge:var(--cool)}tr.edge-off{--edge:var(--off)}
tr.gone>*{background:var(--page)}
tr.gone,tr.gone th,tr.gone .why{color:var(--quiet)}
tr.gone .name{font-weight:400;text-decoration:line-through}
.more{margin:0;padding:11px 16px;color:var(--quiet);border-top:1px solid var(--line)}
.events td{padding-top:6px;padding-bottom:6px}
.events .type{white-space:nowrap}
.events .say{width:100%;overflow-wrap:anywhere}
time{white-space:nowrap}
footer{padding-top:2px;padding-bottom:32px;color:var(--quiet)}
footer p{margin:0 0 8px;overflow-wrap:anywhere}
footer a{margin-right:16px}
@media (max-width:860px){
main,header,footer{padding-left:14px;padding-right:14px}
header .push,.head .push{margin-left:0}
.strip{grid-template-columns:repeat(3,1fr)}
.strip div{padding:10px 12px}
.strip dd{font-size:19px}
.strip small{font-size:12.5px}
.fleet thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.fleet,.fleet tbody{display:block}
.fleet tr{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:7px 12px;padding:13px 14px;border-bottom:1px solid var(--line)}
.fleet tbody tr:last-child{border-bottom:0}
.fleet td,.fleet th{display:block;padding:0!important;border:0;text-align:left}
.fleet th,.fleet .wide{grid-column:1/-1}
.fleet td[data-name]::before{content:attr(data-name);display:block;font-size:12px;color:var(--quiet)}
.fleet .name,.why{min-width:0;max-width:none}
.fleet tr.hot{box-shadow:inset 3px 0 0 var(--edge)}
.fleet tr.hot>:first-child{box-shadow:none}
.fleet tr.gone{background:var(--page)}
.fleet tr.gone .none{display:none}
.share{justify-content:flex-start}
.share span{min-width:0}
.share svg{width:34px}
.events thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.events,.events tbody{display:block}
.events tr{display:flex;flex-wrap:wrap;gap:0 10px;padding:8px 14px;border-bottom:1px solid var(--line)}
.events td{display:block;padding:0!important;border:0}
}
@media (max-width:430px){.strip dd{font-size:17px}}
@media print{body{background:#fff}section{break-inside:avoid}}
)css";

}  // namespace rota
