const root = document.documentElement, button = document.getElementById("theme");
const system = matchMedia("(prefers-color-scheme: dark)");
const dark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
const show = () => { button.textContent = dark() ? "Light colours" : "Dark colours"; };
try { root.dataset.theme = localStorage.getItem("probity-theme") || ""; } catch { }
button.hidden = false;
button.onclick = () => {
  root.dataset.theme = dark() ? "light" : "dark";
  try { localStorage.setItem("probity-theme", root.dataset.theme); } catch { }
  show();
};
system.onchange = show;
show();
