package loopback_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/loopback"
)

func TestRefusingAddressIsTaken(t *testing.T) {
	address := loopback.Refusing(t)
	_, err := net.Dial("tcp", address)
	require.Error(t, err)
	_, err = net.Listen("tcp", address)
	require.Error(t, err)
}
