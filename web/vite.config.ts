import react from "@vitejs/plugin-react";
import type { ProxyOptions } from "vite";
import { defineConfig } from "vitest/config";

/** A running gateway, for `npx vite`; its address as it prints it. */
const gateway = process.env["MYCODER_GATEWAY"];

/** What every screen loads changes seldom, and is kept by browsers over an update of the rest. */
const shared = [
  { name: "react", test: /node_modules\/(react|react-dom|scheduler)\// },
  { name: "tanstack", test: /node_modules\/@tanstack\/(react-router|router-core|history|react-query|query-core|react-store|store)\// },
  { name: "socket", test: /node_modules\/(socket\.io-client|engine\.io-client|socket\.io-parser|engine\.io-parser|@socket\.io)\// },
];

export default defineConfig({
  plugins: [react()],
  server: { proxy: gateway ? proxied(gateway) : undefined },
  optimizeDeps: { entries: ["index.html", "src/**/*.tsx"] }, // else the page reloads when a screen is first opened
  build: {
    outDir: "../gateway/static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    assetsInlineLimit: 0, // the page's policy forbids data: addresses
    rolldownOptions: { output: { codeSplitting: { groups: shared } } },
  },
  test: { include: ["src/**/*.test.ts"], testTimeout: 60_000 }, // a net; hosts may be busy
});

/** The gateway answers only to pages of its own: to it, the page comes from there. */
function proxied(target: string): Record<string, ProxyOptions> {
  const { origin } = new URL(target);
  const headers = { origin };
  const http: ProxyOptions = { target: origin, changeOrigin: true, headers };
  const paths = ["/api", "/healthz", "/readyz", "/version", "/metrics", "/openapi.json", "/asyncapi.json"];
  return { ...Object.fromEntries(paths.map((path) => [path, http])), "/socket.io": { ...http, ws: true } };
}
