import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { isSessionOver, sessionQuery } from './api.ts'
import { parseSearch, searchOf, stringifySearch } from './list/search.ts'
import { BrokenPage, MissingPage } from './pages/dead-ends.tsx'
import { LoginPage } from './pages/login.tsx'
import { Shell } from './shell/shell.tsx'

const root = createRootRouteWithContext<{ readonly queries: QueryClient }>()({
  notFoundComponent: MissingPage,
  errorComponent: BrokenPage,
})

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: searchOf('next', 'why'),
  component: LoginPage,
})

/** Everything that needs a session. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queries.ensureQueryData(sessionQuery)
    } catch (error) {
      // Any other failure is shown by the pages, with its code and another try.
      if (!isSessionOver(error)) return
      throw redirect({ to: '/login', search: { next: location.href } })
    }
  },
})

const overview = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/overview/overview-page.tsx'), 'OverviewPage'),
})

const models = createRoute({
  getParentRoute: () => inside,
  path: '/models',
  validateSearch: searchOf('q', 'sort', 'selected'),
  component: lazyRouteComponent(() => import('./pages/models/models-page.tsx'), 'ModelsPage'),
})

const model = createRoute({
  getParentRoute: () => inside,
  path: '/models/$name',
  component: lazyRouteComponent(() => import('./pages/models/model-page.tsx'), 'ModelPage'),
})

const assessments = createRoute({
  getParentRoute: () => inside,
  path: '/assessments',
  validateSearch: searchOf('q', 'sort', 'selected', 'model', 'verdict', 'start'),
  component: lazyRouteComponent(
    () => import('./pages/assessments/assessments-page.tsx'),
    'AssessmentsPage',
  ),
})

const compare = createRoute({
  getParentRoute: () => inside,
  path: '/assessments/compare',
  validateSearch: searchOf('a', 'b'),
  component: lazyRouteComponent(
    () => import('./pages/assessments/compare-page.tsx'),
    'ComparePage',
  ),
})

const assessment = createRoute({
  getParentRoute: () => inside,
  path: '/assessments/$id',
  component: lazyRouteComponent(
    () => import('./pages/assessments/assessment-page.tsx'),
    'AssessmentPage',
  ),
})

const decisions = createRoute({
  getParentRoute: () => inside,
  path: '/gateway',
  validateSearch: searchOf('q', 'sort', 'selected', 'verdict', 'code', 'key'),
  component: lazyRouteComponent(
    () => import('./pages/gateway/decisions-page.tsx'),
    'DecisionsPage',
  ),
})

const routesOfGateway = createRoute({
  getParentRoute: () => inside,
  path: '/gateway/routes',
  component: lazyRouteComponent(() => import('./pages/gateway/routes-page.tsx'), 'RoutesPage'),
})

const keys = createRoute({
  getParentRoute: () => inside,
  path: '/gateway/keys',
  validateSearch: searchOf('create', 'revoke'),
  component: lazyRouteComponent(() => import('./pages/gateway/keys-page.tsx'), 'KeysPage'),
})

const audit = createRoute({
  getParentRoute: () => inside,
  path: '/audit',
  validateSearch: searchOf('q', 'sort', 'selected', 'kind'),
  component: lazyRouteComponent(() => import('./pages/audit/audit-page.tsx'), 'AuditPage'),
})

const record = createRoute({
  getParentRoute: () => inside,
  path: '/audit/$index',
  component: lazyRouteComponent(() => import('./pages/audit/record-page.tsx'), 'RecordPage'),
})

const tree = root.addChildren([
  login,
  inside.addChildren([
    overview,
    models,
    model,
    assessments,
    compare,
    assessment,
    decisions,
    routesOfGateway,
    keys,
    audit,
    record,
  ]),
])

/** Every page of the console and its address. */
export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPendingMs: 200,
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
