// List what keeps people out of this page: missing names, wrong structure, words that do not stand out.
() => {
  const found = [];
  const say = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 140)}`);
  const shown = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) &&
    !element.closest(".hidden") && element.getClientRects().length > 0;
  const text = (element) => (element.textContent || "").trim();
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // ---- names (WCAG 2.2, 1.1.1, 2.4.4, 3.3.2, 4.1.2)
  const nameOf = (element) => {
    const by = element.getAttribute("aria-labelledby");
    if (by) return by.split(" ").map((id) => text(document.getElementById(id) || document.createElement("i"))).join(" ").trim();
    if (element.getAttribute("aria-label")) return element.getAttribute("aria-label").trim();
    if (element.labels && element.labels.length) return Array.from(element.labels, text).join(" ").trim();
    return text(element);
  };
  for (const element of all("a[href], button, input:not([type=hidden]), select, summary, meter, svg[role=img], nav, section, [role=group], form[role=search]")) {
    if (element.matches("section") && !element.closest("main")) continue;
    if (!nameOf(element)) say("has no name", element);
  }
  for (const svg of all("svg")) if (svg.getAttribute("role") !== "img" && svg.getAttribute("aria-hidden") !== "true") say("a picture that is neither described nor hidden", svg);

  // ---- structure (1.3.1, 2.4.1, 2.4.2, 3.1.1)
  if (!document.documentElement.lang) say("no language", document.documentElement);
  if (!document.title) say("no title", document.head);
  for (const [selector, count] of [["main", 1], ["h1", 1], ["header", 1], ["footer", 1]]) {
    if (all(selector).length !== count) found.push(`${all(selector).length} × ${selector}`);
  }
  let level = 1;
  for (const heading of all("h1, h2, h3, h4")) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) say("skips a level of headings", heading);
    level = own;
  }
  const ids = all("[id]").map((element) => element.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) found.push(`id ${id} is there twice`);
  for (const table of all("table")) {
    if (!table.caption || !text(table.caption)) say("a table without a caption", table);
    for (const head of all("thead th", table)) {
      if (head.scope !== "col") say("a head without its scope", head);
      if (!text(head)) say("an empty head", head);
    }
  }
  for (const list of all("ul, ol")) for (const child of list.children) if (child.tagName !== "LI") say("a list with something else", child);
  for (const element of all("[tabindex]")) if (element.tabIndex > 0) say("an order of its own", element);
  const first = all("a[href], button, input")[0];
  if (!first || !first.matches("a.skip[href='#main']")) found.push("the first stop is no link to the content");

  // ---- contrast (1.4.3)
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = (css) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = "#000";
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3])).concat(1);
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = colour(getComputedStyle(at).backgroundColor);
      layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const bright = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.matches("script, style, title, option") || !shown(element)) continue;
    const style = getComputedStyle(element);
    const isSvg = element instanceof SVGElement;
    const words = over(colour(isSvg ? style.fill : style.color), ground(element));
    const [high, low] = [bright(words), bright(ground(element))].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) say(`contrast ${ratio.toFixed(2)}`, element);
  }

  // ---- room (1.4.10, 2.5.8)
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) {
    found.push(`scrolls sideways: ${document.documentElement.scrollWidth} > ${document.documentElement.clientWidth}`);
  }
  for (const element of all("button, .button, select, input:not([type=hidden]), .top nav a, .periods a")) {
    const box = element.getBoundingClientRect();
    if (shown(element) && (box.height < 16 || (box.height < 24 && !element.matches("[type=checkbox]")))) say(`only ${box.height} high`, element);
  }
  return found;
}
