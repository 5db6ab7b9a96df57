/** What went wrong, as the gateway says it over HTTP and over the socket. */
export interface Problem {
  code: string;
  message: string;
  fix: string;
}
