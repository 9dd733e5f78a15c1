/* Questions to the worker while one paints: asked once, then looked for until it has answered. */
(() => {
  const PATIENCE = 60000; /* milliseconds in which somebody looks at the page */
  const LONG = 10000; /* after which one is told that it goes on */
  const FIRST = 700;
  const LONGEST = 5000;
  const MISSED = 3; /* looks in a row that nobody answers are a moment without network */

  /** Some time, and then until somebody looks at the page; how long nobody did. */
  async function pause(time) {
    await new Promise((done) => {
      setTimeout(done, time);
    });
    const began = performance.now();
    while (document.hidden) {
      // eslint-disable-next-line no-await-in-loop
      await new Promise((done) => {
        document.addEventListener('visibilitychange', done, { once: true });
      });
    }
    return performance.now() - began;
  }

  /** The worker's answer to `question`, or what is wrong as `error`; `ended` tells whether anybody still waits. */
  async function ask(editor, url, question, ended) {
    const { questions, wordsValue: words } = editor;
    const begun = await questions.send(editor.form, url, question, PATIENCE / 2);
    if (begun.error) return begun;
    const there = `${url}?${new URLSearchParams({ key: begun.key })}`;
    const asked = performance.now();
    let [away, missed, told] = [0, 0, false];
    for (let wait = FIRST; performance.now() - asked - away < PATIENCE; wait = Math.min(LONGEST, wait * 1.5)) {
      /* eslint-disable no-await-in-loop -- one question after the other */
      away += await pause(wait);
      if (ended()) break;
      const answer = await questions.look(there);
      /* eslint-enable no-await-in-loop */
      missed = answer.again ? missed + 1 : 0;
      if (!answer.waiting && (!missed || missed === MISSED)) return answer;
      if (!told && !ended() && performance.now() - asked - away > LONG) {
        told = true;
        editor.say(words.stillAsking);
      }
    }
    return { error: words.unanswered };
  }

  window.restorePaint.ask = ask;
})();
