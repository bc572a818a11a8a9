package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/oidcauth"
	document "github.com/knownbearer/knownbearer/oidcauth/settings"
)

// forms are the languages of a printed configuration.
var forms = []string{"go", "settings"}

var errYAML = errors.New("a document in YAML is not read here: convert it to JSON")

// besideDocument returns the options that have a meaning beside a settings document.
func (o options) besideDocument() options {
	return options{
		file: o.file, pick: o.pick, at: o.at, scopes: o.scopes, showValues: o.showValues, json: o.json, verbose: o.verbose,
		doctor: o.doctor, replay: o.replay, discover: o.discover, effective: o.effective, settings: o.settings, application: o.application,
	}
}

// validateDocument refuses options that contradict a settings document, or that need one.
func (o options) validateDocument() error {
	switch {
	case o.settings == "" && (o.application != "" || o.effective):
		return errors.New("-application and -effective need -settings")
	case o.as != "" && !o.discover:
		return errors.New("-as needs -discover")
	case o.as != "" && !slices.Contains(forms, o.as):
		return errors.New("-as is one of " + strings.Join(forms, ", "))
	case o.settings != "" && !reflect.DeepEqual(o, o.besideDocument()):
		return errors.New("-settings contains the whole configuration: only the commands and the flags of input and output apply beside it")
	case o.settings != "" && o.discover && !o.effective:
		return errors.New("-settings and -discover need -effective: they print the configuration with the discovered values")
	}
	return nil
}

func (o options) document() (*document.Document, error) {
	if ext := filepath.Ext(o.settings); ext == ".yaml" || ext == ".yml" {
		return nil, errYAML
	}
	return document.Load(o.settings)
}

// documentConfig returns the configuration of the settings document.
func (o options) documentConfig() (oidcauth.Config, error) {
	doc, err := o.document()
	if err != nil {
		return oidcauth.Config{}, err
	}
	// The process ends soon, so its databases are not closed.
	c, err := doc.Configuration(document.Options{Application: o.application, OpenDB: openDB})
	if err != nil {
		return oidcauth.Config{}, err
	}
	c.Config.Logger = slog.New(slog.DiscardHandler)
	c.Config.ShowClaimValues = c.Config.ShowClaimValues || o.showValues
	c.Config.Now, err = o.now()
	return c.Config, err
}

// openDB opens a database. If this command has no such driver, each lookup fails, and all else is explained.
func openDB(name, dsn string) (*sql.DB, error) {
	if !slices.Contains(sql.Drivers(), name) {
		return sql.OpenDB(noDriver(name)), nil
	}
	return sql.Open(name, dsn)
}

// noDriver is the name of a driver that this command does not have.
type noDriver string

func (n noDriver) Connect(context.Context) (driver.Conn, error) {
	return nil, fmt.Errorf("this command has no database driver %q, so the user is not looked up", string(n))
}

func (n noDriver) Driver() driver.Driver { return nil }

// printEffective prints the configuration in effect, by choice with the discovered values.
func printEffective(ctx context.Context, o options, s streams) (int, error) {
	if err := o.validateDocument(); err != nil {
		return usage, err
	}
	doc, err := o.document()
	if err != nil {
		return usage, err
	}
	if o.discover {
		if doc, err = doc.Discover(ctx); err != nil {
			return refused, err
		}
	}
	if _, err := s.out.Write(doc.Effective()); err != nil {
		return usage, err
	}
	if _, err := doc.Configuration(document.Options{Application: o.application, OpenDB: openDB}); err != nil {
		return usage, err
	}
	return accepted, nil
}
