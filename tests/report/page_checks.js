// What is wrong with a page of a report, as a list of sentences: looked for in the page itself.
(() => {
  const wrong = [];
  const say = text => { if (wrong.length < 20) wrong.push(text); };
  const name = element => (element.getAttribute("aria-label") || element.textContent || "").trim().slice(0, 60);
  document.querySelectorAll("details").forEach(element => { element.open = true; });

  // Nothing makes the page wider than the window.
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) say(`the page is ${document.documentElement.scrollWidth} wide, the window ${width}`);
  for (const element of document.querySelectorAll("h1, h2, h3, p, dd, dt, li, summary, figcaption, figure, section, img")) {
    const box = element.getBoundingClientRect();
    const scrolls = element.closest(".scroll, pre");
    if (!scrolls && (box.right > width + 0.5 || box.left < -0.5)) say(`${element.tagName} '${name(element)}' leaves the page`);
  }

  if (document.querySelectorAll("svg").length === 0) say("there is no drawing");

  // Texts stand inside their drawing and apart from each other; every drawing shows something.
  const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2.5;
  for (const svg of document.querySelectorAll("svg")) {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].map(text => [text, text.getBoundingClientRect()]);
    for (const [text, box] of texts) {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1.5 || box.bottom > frame.bottom + 1.5)
        say(`text '${name(text)}' leaves the drawing '${name(svg)}'`);
    }
    const near = texts.sort((a, b) => a[1].top - b[1].top);
    for (let i = 0; i < near.length; ++i) {
      for (let j = i + 1; j < near.length && near[j][1].top < near[i][1].bottom; ++j) {
        if (overlap(near[i][1], near[j][1])) say(`texts '${name(near[i][0])}' and '${name(near[j][0])}' overlap in '${name(svg)}'`);
      }
    }
    const shapes = [...svg.querySelectorAll(".mark, .line, [class^=b], .box")].filter(shape => {
      const box = shape.getBoundingClientRect();
      return box.width + box.height > 0.5;
    });
    if (shapes.length === 0) say(`the drawing '${name(svg)}' is empty`);
    if (frame.width < 10 || frame.height < 5) say(`the drawing '${name(svg)}' has no size`);
  }

  // Pictures were decoded.
  for (const image of document.querySelectorAll("img")) {
    if (!image.complete || image.naturalWidth === 0) say(`the picture '${image.alt}' is broken`);
  }

  // Contrast (WCAG 2.1): texts 4.5 to 1, marks 3 to 1.
  const parse = text => (text.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const part = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const contrast = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const seen = new Set();
  const check = (element, colour, least, what, behind) => {
    const key = [colour, behind, least].join();
    if (seen.has(key)) return;
    seen.add(key);
    const found = contrast(colour, behind);
    if (found < least) say(`${what} '${name(element)}' has a contrast of ${found.toFixed(2)}, expected ${least}`);
  };
  for (const element of document.querySelectorAll("h1, h2, h3, p, dd, dt, li, a, th, td, summary, figcaption, pre")) {
    if (element.textContent.trim()) check(element, parse(getComputedStyle(element).color), 4.5, element.tagName, ground(element));
  }
  const paper = svg => {
    const own = svg.querySelector(".paper");
    return own ? parse(getComputedStyle(own).fill) : ground(svg.parentElement || svg);
  };
  for (const svg of document.querySelectorAll("svg")) {
    const behind = paper(svg);
    for (const text of svg.querySelectorAll("text")) check(text, parse(getComputedStyle(text).fill), 4.5, "text", behind);
    for (const mark of svg.querySelectorAll(".mark, .line")) {
      if (!mark.hasAttribute("fill-opacity")) check(mark, parse(getComputedStyle(mark).color), 3, "mark", behind);
    }
    // Numbers on cells, and lines and names on bands.
    const ink = svg.querySelector("text") && parse(getComputedStyle(svg.querySelector("text")).fill);
    const box = svg.querySelector(".box") ? parse(getComputedStyle(svg.querySelector(".box")).fill) : behind;
    for (const cell of svg.querySelectorAll("[fill-opacity]")) {
      const part = Number(cell.getAttribute("fill-opacity")), colour = parse(getComputedStyle(cell).fill);
      check(cell, ink, 4.5, "a number in a cell", colour.map((v, i) => Math.round(v * part + box[i] * (1 - part))));
    }
    for (const band of svg.querySelectorAll(".b0, .b1, .b2, .b3, .b4")) {
      const colour = parse(getComputedStyle(band).fill);
      for (const line of svg.querySelectorAll(".line")) check(line, parse(getComputedStyle(line).color), 3, "a line on a band", colour);
    }
  }
  return wrong;
})()
