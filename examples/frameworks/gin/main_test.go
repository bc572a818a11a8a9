package main

import (
	"testing"

	"github.com/knownbearer/knownbearer/examples/frameworks/internal/frametest"
)

func TestRoutes(t *testing.T) { frametest.Run(t, routes) }

func TestRules(t *testing.T) { frametest.RunRules(t, routes) }

func TestLogin(t *testing.T) { frametest.RunLogin(t, routes, addLogin) }
