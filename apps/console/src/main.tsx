import './design/tokens.css'
import './design/base.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { makeQueryClient, sessionQuery } from './api.ts'
import { captureFragmentToken } from './pages/fragment-token.ts'
import { makeRouter } from './router.tsx'
import { followTheme } from './stored-choice.ts'

followTheme(document.documentElement)
// Before the router reads the address.
captureFragmentToken()

const queries = makeQueryClient(() => {
  const { pathname, href } = router.state.location
  // Without a session from before, the router itself leads to the login, and nothing has ended.
  if (pathname === '/login' || queries.getQueryData(sessionQuery.queryKey) === undefined) return
  queries.removeQueries()
  void router.navigate({ to: '/login', search: { next: href, why: 'ended' } })
})
const router = makeRouter(queries)

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
