// Every address of the page. The three screens somebody opens first come with the page, the others when they are used.

import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { compareSearch } from "../screens/compare/search";
import { costsSearch } from "../screens/costs/search";
import { deadSearch } from "../screens/dead/search";
import { filesSearch } from "../screens/files/search";
import { fleetSearch } from "../screens/fleet/search";
import { InboxScreen } from "../screens/inbox/InboxScreen";
import { inboxSearch } from "../screens/inbox/search";
import { memorySearch } from "../screens/memory/search";
import { newSearch } from "../screens/new/search";
import { planSearch } from "../screens/plan/search";
import { reviewSearch } from "../screens/review/search";
import { RunScreen } from "../screens/run/RunScreen";
import { runSearch } from "../screens/run/search";
import { RunsScreen } from "../screens/runs/RunsScreen";
import { runsSearch } from "../screens/runs/search";
import { settingsSearch } from "../screens/settings/search";
import { NotFound } from "./NotFound";
import { patiently } from "../ui/patiently";
import { parseSearch, stringifySearch } from "./params";
import { ScreenFailed } from "./ScreenFailed";
import { Shell } from "./Shell";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });
const under = () => root;

const routes = [
  createRoute({ getParentRoute: under, path: "/", validateSearch: runsSearch, component: RunsScreen }),
  createRoute({ getParentRoute: under, path: "/inbox", validateSearch: inboxSearch, component: InboxScreen }),
  createRoute({ getParentRoute: under, path: "/runs/$run", validateSearch: runSearch, component: RunScreen }),
  createRoute({
    getParentRoute: under,
    path: "/runs/$run/review",
    validateSearch: reviewSearch,
    component: lazyRouteComponent(patiently(() => import("../screens/review/ReviewScreen")), "ReviewScreen"),
  }),
  createRoute({
    getParentRoute: under,
    path: "/runs/$run/files",
    validateSearch: filesSearch,
    component: lazyRouteComponent(patiently(() => import("../screens/files/FilesScreen")), "FilesScreen"),
  }),
  createRoute({
    getParentRoute: under,
    path: "/runs/$run/plan",
    validateSearch: planSearch,
    component: lazyRouteComponent(patiently(() => import("../screens/plan/PlanScreen")), "PlanScreen"),
  }),
  createRoute({
    getParentRoute: under,
    path: "/runs/$run/compare",
    validateSearch: compareSearch,
    component: lazyRouteComponent(patiently(() => import("../screens/compare/AttemptsScreen")), "AttemptsScreen"),
  }),
  createRoute({
    getParentRoute: under,
    path: "/compare",
    validateSearch: compareSearch,
    component: lazyRouteComponent(patiently(() => import("../screens/compare/CompareScreen")), "CompareScreen"),
  }),
  createRoute({
    getParentRoute: under,
    path: "/fleet",
    validateSearch: fleetSearch,
    component: lazyRouteComponent(patiently(() => import("../screens/fleet/FleetScreen")), "FleetScreen"),
  }),
  createRoute({
    getParentRoute: under,
    path: "/dead",
    validateSearch: deadSearch,
    component: lazyRouteComponent(patiently(() => import("../screens/dead/DeadScreen")), "DeadScreen"),
  }),
  createRoute({
    getParentRoute: under,
    path: "/memory",
    validateSearch: memorySearch,
    component: lazyRouteComponent(patiently(() => import("../screens/memory/MemoryScreen")), "MemoryScreen"),
  }),
  createRoute({
    getParentRoute: under,
    path: "/costs",
    validateSearch: costsSearch,
    component: lazyRouteComponent(patiently(() => import("../screens/costs/CostsScreen")), "CostsScreen"),
  }),
  createRoute({
    getParentRoute: under,
    path: "/dashboard",
    component: lazyRouteComponent(patiently(() => import("../screens/dashboard/DashboardScreen")), "DashboardScreen"),
  }),
  createRoute({
    getParentRoute: under,
    path: "/settings",
    validateSearch: settingsSearch,
    component: lazyRouteComponent(patiently(() => import("../screens/settings/SettingsScreen")), "SettingsScreen"),
  }),
  createRoute({
    getParentRoute: under,
    path: "/new",
    validateSearch: newSearch,
    component: lazyRouteComponent(patiently(() => import("../screens/new/NewScreen")), "NewScreen"),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultPreload: "intent",
  defaultErrorComponent: ScreenFailed,
  defaultNotFoundComponent: NotFound,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
