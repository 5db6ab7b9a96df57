// What a benchmark asks of a page: when something was painted, and how long frames took. It is there before the page's
// own scripts. Moments are those of the host's clock, in milliseconds.

window.probe = (() => {
  const now = () => performance.timeOrigin + performance.now();
  const firsts = {};
  const arrived = new Map();
  let frames = null;

  /** The end of the next frame: tasks posted before it is painted run after it. */
  function painted() {
    return new Promise((resolve) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(now());
        port2.postMessage(null);
      });
    });
  }

  function changed(look) {
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
  }

  function isSeen(element) {
    const { top, bottom } = element.getBoundingClientRect();
    return element.isConnected && bottom > 0 && top < innerHeight;
  }

  return {
    /** Notes when the first element of each kind was painted, counted from the beginning of the navigation. */
    first(selectors) {
      changed(() => {
        for (const selector of selectors) {
          if (selector in firsts || !document.querySelector(selector)) continue;
          firsts[selector] = null;
          void painted().then((at) => (firsts[selector] = at - performance.timeOrigin));
        }
      });
    },
    firsts: () => firsts,

    /** Notes when each element that comes from now on was painted, by what its attribute says. */
    arrivals(selector, attribute) {
      const known = new Set();
      const look = (note) => {
        for (const element of document.querySelectorAll(selector)) {
          const key = element.getAttribute(attribute);
          if (known.has(key)) continue;
          known.add(key);
          if (note) void painted().then((at) => isSeen(element) && arrived.set(key, at));
        }
      };
      look(false);
      changed(() => look(true));
    },
    arrived: () => Object.fromEntries(arrived),

    /** Notes how long frames take from now on, and the tasks that browsers call long. */
    watchFrames() {
      const noted = { gaps: [], tasks: [], on: true };
      const tasks = new PerformanceObserver((list) => noted.tasks.push(...list.getEntries().map((task) => task.duration)));
      tasks.observe({ type: "longtask" });
      let last = 0;
      const frame = (at) => {
        if (last) noted.gaps.push(at - last);
        last = at;
        if (noted.on) requestAnimationFrame(frame);
        else tasks.disconnect();
      };
      requestAnimationFrame(frame);
      frames = noted;
    },
    frames() {
      frames.on = false;
      return { gaps: frames.gaps, tasks: frames.tasks };
    },
  };
})();
