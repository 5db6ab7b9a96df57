// How long a review takes to open, and how long frames take while it is scrolled: `node diff_frames.mjs URL`. One JSON
// object on stdout. Frames are counted by requestAnimationFrame in the page, which a blocked page does not call.

import { chromium } from "playwright-core";

const [, , url, layout = "unified"] = process.argv;
const SCROLL_S = 6;
const PIXELS_A_FRAME = 120;
const JUMPS = 20;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
context.setDefaultTimeout(30_000);
const page = await context.newPage();
const complaints = [];
page.on("pageerror", (error) => complaints.push(String(error)));
page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));

// The shell is there already when somebody goes from a run to its review.
await page.goto(new URL("/", url).href);
await page.waitForSelector("main h1");
await page.waitForLoadState("networkidle");

const open_ms = [];
for (let time = 0; time < 3; time += 1) {
  const began = Date.now();
  await page.goto(`${url}${layout === "split" ? "?layout=split" : ""}`);
  await page.waitForSelector('[role="grid"] .diff-code');
  open_ms.push(Date.now() - began);
}
await page.waitForTimeout(1_000);

const scrolled = await page.evaluate(scroll, { seconds: SCROLL_S, pixels: PIXELS_A_FRAME });
const jumps = await page.evaluate(jump, JUMPS);
const rows = Number(await page.getAttribute('[role="grid"]', "aria-rowcount"));
const elements = await page.evaluate(() => document.querySelectorAll("*").length);
process.stdout.write(`${JSON.stringify({ open_ms, ...scrolled, jumps, rows, elements, complaints })}\n`);
await browser.close();

/** The time between frames while the diff moves by so much in each. */
function scroll({ seconds, pixels }) {
  const grid = document.querySelector('[role="grid"]');
  const frames = [];
  return new Promise((resolve) => {
    let last = performance.now();
    const end = last + seconds * 1000;
    const frame = (now) => {
      frames.push(now - last);
      last = now;
      grid.scrollTop += pixels;
      if (now < end) requestAnimationFrame(frame);
      else resolve({ frames: frames.slice(1).map(Math.round) });
    };
    requestAnimationFrame(frame);
  });
}

/** The longest frame after going to another place at once, as dragging the scroll bar does. */
async function jump(count) {
  const grid = document.querySelector('[role="grid"]');
  const next = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const longest = [];
  for (let at = 0; at < count; at += 1) {
    await next();
    let last = performance.now();
    let most = 0;
    grid.scrollTop = (grid.scrollHeight * ((at * 7) % count)) / count;
    for (let frame = 0; frame < 4; frame += 1) {
      const now = await next();
      most = Math.max(most, now - last);
      last = now;
    }
    longest.push(Math.round(most));
  }
  return longest;
}
