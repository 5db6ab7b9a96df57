// The cache of what HTTP answered. Live things come through the socket instead.

import { QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "./api";

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < 3 && isPassing(error),
      retryDelay: (failures) => Math.min(500 * 2 ** failures, 8_000),
    },
    mutations: { retry: false },
  },
});

/** Whether it may be better in a moment. */
function isPassing(error: Error): boolean {
  return !(error instanceof ApiProblem) || error.status === 0 || error.status === 429 || error.status >= 502;
}
