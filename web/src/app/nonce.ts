/** Style sheets that libraries put into the page (`get-nonce`, which Radix uses) carry the nonce the page's policy asks for. */
const meta = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]');
Object.assign(globalThis, { __webpack_nonce__: meta?.nonce });
