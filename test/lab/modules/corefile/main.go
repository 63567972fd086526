// What CoreDNS makes of a Corefile. Each line of stdin is a JSON object; its answer is a line of JSON on stdout.
//
// The parser is the one that CoreDNS is built with. How keys are normalised and when two of them cannot be served
// together is decided in CoreDNS' server type, which lets nobody call it, so its constructor is linked by its name.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	_ "unsafe" // for go:linkname

	"github.com/coredns/caddy"
	"github.com/coredns/caddy/caddyfile"
	_ "github.com/coredns/coredns/core/dnsserver"
)

//go:linkname newContext github.com/coredns/coredns/core/dnsserver.newContext
func newContext(instance *caddy.Instance) caddy.Context

type question struct {
	Corefile string `json:"corefile"`
	// Files that import may read, by their names; they lie beside the Corefile.
	Files map[string]string `json:"files"`
}

type block struct {
	Keys       []string            `json:"keys"`
	Directives map[string][]string `json:"directives"`
}

type answer struct {
	Blocks []block `json:"blocks"`
	Error  string  `json:"error,omitempty"`
	// Keys as CoreDNS normalises them, all blocks' in order, where the parser accepts the file and CoreDNS the keys.
	Keys []string `json:"keys"`
	// Why CoreDNS does not serve what was parsed.
	Refusal string `json:"refusal,omitempty"`
}

func main() {
	log.SetOutput(io.Discard)
	folder, err := os.MkdirTemp("", "corefile")
	if err == nil {
		err = os.Chdir(folder)
	}
	if err == nil {
		err = answerAll(os.Stdin, os.Stdout, folder)
	}
	os.RemoveAll(folder)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answerAll(in io.Reader, out io.Writer, folder string) error {
	decoder, writer := json.NewDecoder(bufio.NewReader(in)), bufio.NewWriter(out)
	encoder := json.NewEncoder(writer)
	for {
		var asked question
		if err := decoder.Decode(&asked); err == io.EOF {
			return writer.Flush()
		} else if err != nil {
			return err
		}
		for name, text := range asked.Files {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				return err
			}
		}
		if err := encoder.Encode(judge(asked.Corefile, folder+string(filepath.Separator))); err != nil {
			return err
		}
		for name := range asked.Files {
			os.Remove(name)
		}
	}
}

func judge(corefile, folder string) answer {
	parsed, err := caddyfile.Parse("Corefile", strings.NewReader(corefile), nil)
	given := answer{Blocks: []block{}, Keys: []string{}}
	for _, each := range parsed {
		given.Blocks = append(given.Blocks, block{Keys: append([]string{}, each.Keys...), Directives: texts(each.Tokens)})
	}
	if err != nil {
		given.Error = strings.ReplaceAll(err.Error(), folder, "")
		return given
	}
	context := newContext(nil)
	inspected, err := context.InspectServerBlocks("Corefile", parsed)
	if err == nil {
		for _, each := range inspected {
			given.Keys = append(given.Keys, each.Keys...)
		}
		_, err = context.MakeServers()
	}
	if err != nil {
		given.Refusal = err.Error()
	}
	return given
}

func texts(tokens map[string][]caddyfile.Token) map[string][]string {
	all := map[string][]string{}
	for name, list := range tokens {
		for _, token := range list {
			all[name] = append(all[name], token.Text)
		}
	}
	return all
}
