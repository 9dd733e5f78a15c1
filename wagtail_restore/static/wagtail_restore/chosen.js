/* An image that was chosen in a form while work on it goes on: what comes of it is told, and shown where it was chosen. */
(() => {
  const { Pace, get, tell } = window.restoreFollowing;
  const { url, chooser } = document.currentScript.dataset;

  const waited = new Set(); /* keys of images whose work goes on */
  const unknown = new Set(); /* and of those that were chosen just now */
  let pace = null;

  /** The choosers that have this image chosen, of the page and of its blocks. */
  function choosers(key) {
    return [...document.querySelectorAll('[data-chooser-image]')].flatMap((picture) => {
      const element = picture.closest('.chooser');
      const input = element && document.getElementById(element.id.replace(/-chooser$/, ''));
      return input?.value === key ? [{ picture, widget: element.widget }] : [];
    });
  }

  /** Only what is seen: the form itself has not changed, and nothing has to be saved. */
  function show(key, { src, width, height }) {
    choosers(key).forEach(({ picture, widget }) => {
      Object.entries({ src, width, height }).forEach(([name, value]) => picture.setAttribute(name, value));
      if (widget?.state?.preview) widget.state.preview = { url: src, width, height };
    });
  }

  async function ask() {
    const keys = [...new Set([...unknown, ...waited])];
    const query = new URLSearchParams({ images: keys.join(','), open: [...waited].join(',') });
    const { text, trouble } = await get(`${url}?${query}`);
    if (trouble) return; /* it goes on by itself when the connection or the login is back */
    const { images, said } = JSON.parse(text);
    tell(said);
    keys.forEach((key) => {
      const image = images[key];
      unknown.delete(key);
      if (image?.going) {
        waited.add(key);
        return;
      }
      waited.delete(key);
      if (image?.preview) show(key, image.preview);
    });
  }

  function follow(key) {
    unknown.add(key);
    pace ??= new Pace(ask, () => !waited.size && !unknown.size);
    pace.hurry();
    pace.now();
  }

  /** What the chooser was answered; the last step of each of its ways gives the image. */
  function heard(event, xhr, options) {
    if (!options.url?.includes(chooser)) return;
    let answer;
    try {
      answer = JSON.parse(xhr.responseText);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return;
    }
    if (answer?.step === 'chosen') [answer.result].flat().forEach((image) => image && follow(String(image.id)));
  }

  window.jQuery(document).on('ajaxSuccess', heard);
})();
