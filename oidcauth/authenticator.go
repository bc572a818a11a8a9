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
	shadow     *shadow // nil if there is none
	logins     loginClients
}

// succession is the state that an Authenticator shares with its replacements, which Next makes.
type succession struct {
	current atomic.Pointer[Authenticator] // the one in use
	reload  atomic.Pointer[decision.Event]
}
