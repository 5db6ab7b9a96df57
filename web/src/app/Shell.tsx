import "./Shell.css";
import { Link, Outlet, useParams, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { watch } from "../data/store";
import { focusHeading } from "../ui/focus";
import { IconButton } from "../ui/IconButton";
import { Toasts } from "../ui/Toasts";
import { Announcer } from "./Announcer";
import { LinkChip } from "./LinkChip";
import { Nav } from "./Nav";
import { Notices } from "./Notices";
import { sheets } from "./palette";
import { Sheets } from "./Sheets";
import { ThemeSwitch } from "./ThemeSwitch";
import { useKeyboard } from "./useKeys";

/** What is around every screen. The run in the address is watched, whichever of its screens is open. */
export function Shell() {
  const run = useParams({ strict: false, select: (params) => params.run ?? "" });
  useEffect(() => watch(run), [run]);
  useFocusOnNavigation();
  useKeyboard();
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="bar">
        <Link to="/" className="brand">
          mycoder
        </Link>
        <div className="row-of">
          <LinkChip />
          <IconButton icon="search" label="Go to or do" onClick={() => sheets.setState({ open: "palette" })} />
          <ThemeSwitch />
        </div>
      </header>
      <div className="frame">
        <Nav />
        <main id="main" tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Announcer />
      <Toasts />
      <Sheets />
      <Notices />
    </>
  );
}

/** As loading a page would: the focus goes to the new heading, so that it is read out and Tab begins there. */
function useFocusOnNavigation(): void {
  const router = useRouter();
  useEffect(
    () =>
      router.subscribe("onRendered", ({ fromLocation, pathChanged }) => {
        if (!fromLocation || !pathChanged) return;
        focusHeading();
      }),
    [router],
  );
}
