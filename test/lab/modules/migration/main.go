// What `kubeadm upgrade` makes of a Corefile. Each line of stdin is a JSON object; its answer is a line of JSON on stdout.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/coredns/corefile-migration/migration"
)

type question struct {
	// Versions of CoreDNS, as `1.12.1`.
	From     string `json:"from"`
	To       string `json:"to"`
	Corefile string `json:"corefile"`
}

type answer struct {
	// The Corefile afterwards.
	Migrated string `json:"migrated"`
	// Plugins and options for which kubeadm's check before the upgrade fails.
	Unsupported []string `json:"unsupported"`
	Error       string   `json:"error,omitempty"`
}

func main() {
	if err := answerAll(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answerAll(in io.Reader, out io.Writer) error {
	decoder, encoder := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(out)
	for {
		var asked question
		if err := decoder.Decode(&asked); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := encoder.Encode(migrate(asked)); err != nil {
			return err
		}
	}
}

func migrate(asked question) answer {
	given := answer{Unsupported: []string{}}
	notices, err := migration.Unsupported(asked.From, asked.To, asked.Corefile)
	if err == nil {
		for _, each := range notices {
			given.Unsupported = append(given.Unsupported, each.ToString())
		}
		given.Migrated, err = migration.Migrate(asked.From, asked.To, asked.Corefile, false)
	}
	if err != nil {
		given.Error = err.Error()
	}
	return given
}
