package oidcauth

import (
	"sync/atomic"

	"github.com/knownbearer/knownbearer/internal/history"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Authenticator verifies bearer tokens. [New] makes one. It is safe for concurrent use.
type Authenticator struct {
	config    Config
	engine    *pipeline.Engine
	refusals  *refusalLog
	ownList   bool // the configuration names no deny list, so the Authenticator has one of its own
	published publication
	history   *history.History // empty without [Authenticator.DebugHandler]

	issuers    []compiledIssuer
	tellsCalls bool // OnEvent or the Logger listens to calls
	succession *succession
}

// succession is common to an Authenticator and to those that Next makes of it.
type succession struct {
	current atomic.Pointer[Authenticator] // the last one that is in use
	reload  atomic.Pointer[decision.Event]
}
