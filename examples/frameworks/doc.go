// Package frameworks shows how a service built with each of these routers uses package oidcauth. Every folder is a
// complete program with a test that drives it over a real listener:
//
//	stdlib  net/http with ServeMux   auth.Handler, auth.Optional and auth.RequireScopes as they are
//	chi     github.com/go-chi/chi    the same: chi's middleware is net/http's
//	gin     github.com/gin-gonic/gin a native middleware: auth.Check decides, auth.Refuse answers
//	echo4   github.com/labstack/echo a native middleware, for version 4
//	echo5   the same, version 5      a native middleware, and echo.WrapMiddleware for the scopes
//	fiber   github.com/gofiber/fiber a native middleware: auth.CheckToken decides, auth.RefuseToken returns the answer
//	huma    github.com/danielgtaylor/huma on ServeMux: the Security of an operation holds its requirements
//	connect connectrpc.com/connect   connectrpc.com/authn and an interceptor; procedures instead of the routes below
//	websocket github.com/coder/websocket: auth.Watch closes the connection with its token; one route of its own
//
// The routes are:
//
//	GET /me      any accepted token
//	GET /orders  an accepted token that grants the scope orders.read
//	GET /public  an accepted token or none; a bad token is refused
//
// Whatever the router, a refusal is the library's own answer, byte for byte but for the decision id. A middleware adds
// no challenge and no body of its own, and no handler runs after a refusal.
//
// Run one against your provider from this folder:
//
//	go run ./gin -issuer https://login.example.com -audience api://orders
//	curl -i http://127.0.0.1:8080/me -H "Authorization: Bearer $TOKEN"
package frameworks
