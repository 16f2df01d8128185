// Runs inside the browser: what a page lacks for people who read, hear or touch it. Its value is a list of complaints.
(() => {
  const complaints = [];
  const complain = (what, element) =>
    complaints.push(element ? `${what}: ${element.outerHTML.slice(0, 120)}` : what);

  if (!document.documentElement.lang) complain('no language');
  if (!document.title.trim()) complain('no title');
  const own = document.title.endsWith('· bouncer') ? ['body > header', 'body > footer'] : [];
  for (const selector of ['h1', 'main', ...own]) {
    const { length } = document.querySelectorAll(selector);
    if (length !== 1) complain(`${length} of ${selector}`);
  }
  if (!document.querySelector('main h1')) complain('the heading is not in main');
  for (const element of document.querySelectorAll(
    'script:not([src]), [style], [onclick], iframe, img:not([alt])',
  )) {
    // The pages that ask a hardware key, and the one that takes a code, have one, which their policy names.
    if (element.tagName === 'SCRIPT' && document.querySelector('#ceremony, #once, #close')) continue;
    // The page of mail has a letter in one, of this very origin, in which nothing may run.
    if (element.matches('iframe[sandbox=""][src^="/.bouncer/mail?"]')) continue;
    complain('does not belong on a page', element);
  }
  for (const svg of document.querySelectorAll('svg')) {
    const isNamed = svg.getAttribute('role') === 'img' && svg.getAttribute('aria-label');
    if (svg.getAttribute('aria-hidden') !== 'true' && !isNamed) complain('a picture without words', svg);
  }
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  if (new Set(ids).size !== ids.length) complain('an id twice');
  if (document.documentElement.scrollWidth > innerWidth) complain('scrolls sideways');
  // What is wider than its place covers what stands beside it.
  for (const element of document.querySelectorAll('main *')) {
    const place = element.parentElement.closest('.card, .row, .bar, .button, main');
    if (!element.checkVisibility() || element.closest('svg') !== null || place === null) continue;
    const [inner, outer] = [element.getBoundingClientRect(), place.getBoundingClientRect()];
    if (inner.width > 0 && (inner.right > outer.right + 0.5 || inner.left < outer.left - 0.5))
      complain('sticks out of its place', element);
  }

  const visible = (element) => element.checkVisibility({ visibilityProperty: true });
  for (const element of document.querySelectorAll('a, button, input, select, textarea')) {
    if (!visible(element) || element.type === 'hidden') continue;
    const labels = element.labels ? [...element.labels].map((label) => label.textContent).join(' ') : '';
    const name = element.getAttribute('aria-label') ?? (labels || element.textContent);
    if (!name.trim()) complain('no name', element);
    const isInText = element.matches('p a');
    const box = (element.closest('label') ?? element).getBoundingClientRect();
    if (!isInText && (box.height < 44 || box.width < 44))
      complain(`smaller than 44 px (${box.width} x ${box.height})`, element);
    if (element.matches('a') && !element.href) complain('a link to nowhere', element);
    element.focus({ focusVisible: true });
    if (document.activeElement !== element) complain('cannot be focused', element);
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    if (outlineStyle === 'none' || Number.parseFloat(outlineWidth) < 2) complain('shows no focus', element);
  }

  // Contrast, WCAG 2.2 success criterion 1.4.3. Colours are painted on a canvas, because only it reads every notation.
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const painted = new Map();
  const paint = (...colours) => {
    const key = colours.join(' over ');
    const known = painted.get(key);
    if (known !== undefined) return known;
    context.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
    }
    const pixel = [...context.getImageData(0, 0, 1, 1).data];
    painted.set(key, pixel);
    return pixel;
  };
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const coloursIn = (text) => text.match(/(?:rgba?|oklch|color)\([^)]*\)/g) ?? [];
  const grounded = new Map([[null, [['white']]]]);
  const groundsOf = (element) => {
    const found = grounded.get(element);
    if (found !== undefined) return found;
    const { backgroundColor: flat, backgroundImage } = getComputedStyle(element);
    const alpha = paint(flat)[3];
    const behind = alpha === 255 ? [[]] : groundsOf(element.parentElement);
    const below = alpha === 0 ? behind : behind.map((ground) => [...ground, flat]);
    const gradient = coloursIn(backgroundImage);
    const grounds = [...below, ...gradient.flatMap((colour) => below.map((ground) => [...ground, colour]))];
    grounded.set(element, grounds);
    return grounds;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !visible(element) || element.closest('svg')) continue;
    const style = getComputedStyle(element);
    const size = Number.parseFloat(style.fontSize);
    if (size < 12) complain(`text of ${size} px`, element);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    for (const ground of groundsOf(element)) {
      const found = ratio(paint(...ground, style.color), paint(...ground));
      if (found < (isLarge ? 3 : 4.5)) complain(`contrast ${found.toFixed(2)}`, element);
    }
  }
  return complaints;
})();
