// Package mcp tests oidcauth/mcpauth with a real provider and with real clients of the Model Context Protocol: that of the go-sdk,
// which finds the provider by itself and logs in, and the MCP inspector.
package mcp
