import './design/tokens.css'
import './design/base.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { makeQueryClient } from './api.ts'
import { captureFragmentToken } from './pages/fragment-token.ts'
import { makeRouter } from './router.tsx'
import { followTheme } from './stored-choice.ts'

followTheme(document.documentElement)
// Before the router reads the address.
captureFragmentToken()

const queries = makeQueryClient(() => {
  const { pathname, href } = router.state.location
  if (pathname === '/login') return
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
