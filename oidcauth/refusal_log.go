package oidcauth

import (
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/internal/rate"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// These constants limit the records of refusals of one reason.
const (
	logBurst      = 100                    // the number of records that may be logged at once
	logInterval   = 100 * time.Millisecond // the time after which one more record may be logged
	errorInterval = time.Minute            // the time between two records at ERROR
)

// refusalLog limits the records of each reason, so that a sender of bad tokens cannot flood the log.
type refusalLog struct {
	mu      sync.Mutex
	reasons map[reason.Reason]*reasonLog
}

type reasonLog struct {
	records, errors rate.Bucket
	dropped         int
}

func newRefusalLog() *refusalLog { return &refusalLog{reasons: map[reason.Reason]*reasonLog{}} }

// of returns the limits of a reason. The caller holds the lock. All reasons that the application defines share one limit, because
// the application may build them from text of the request.
func (l *refusalLog) of(reason reason.Reason) *reasonLog {
	if reason.Meaning() == "" {
		reason = ""
	}
	r := l.reasons[reason]
	if r == nil {
		r = &reasonLog{
			records: rate.Bucket{Interval: logInterval, Burst: logBurst}, errors: rate.Bucket{Interval: errorInterval, Burst: 1},
		}
		l.reasons[reason] = r
	}
	return r
}

// allows reports whether one more record may be logged, and how many were dropped since the last record.
func (l *refusalLog) allows(reason reason.Reason, now time.Time) (dropped int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.of(reason)
	if _, ok := r.records.Take(now); !ok {
		r.dropped++
		return 0, false
	}
	dropped, r.dropped = r.dropped, 0
	return dropped, true
}

// wouldAllow reports whether one more record may be logged now, without counting it.
func (l *refusalLog) wouldAllow(reason reason.Reason, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	left, _ := l.of(reason).records.Left(now)
	return left > 0
}

// allowsError reports whether one more record may be logged at ERROR.
func (l *refusalLog) allowsError(reason reason.Reason, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.of(reason).errors.Take(now)
	return ok
}
