// Checks one log with the packages of Go's checksum database, which know nothing of ours.
//
//	check <log> <vkey> <consistency.json>
//
// The root over the entries is the signed one; every proof under proofs/ leads from its entry to the root;
// every consistency proof holds; no proof holds for the entry beside it.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type consistency struct {
	Old, New         int64
	OldRoot, NewRoot string
	Proof            []string
}

func main() {
	folder, vkey := os.Args[1], os.Args[2]
	tree := open(read(filepath.Join(folder, "checkpoint")), vkey)
	entries := all(folder, tree.N)
	if root := rootOf(entries); root != tree.Hash {
		log.Fatalf("root %v, signed %v", root, tree.Hash)
	}
	proofs := checkProofs(filepath.Join(folder, "proofs"), vkey, entries)
	steps := checkConsistency(read(os.Args[3]))
	fmt.Printf("%d entries, %d proofs, %d steps\n", tree.N, proofs, steps)
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	must(err)
	return data
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func hash(text string) tlog.Hash {
	data, err := base64.StdEncoding.DecodeString(text)
	must(err)
	return tlog.Hash(data)
}

// open verifies a signed note and reads the checkpoint in it.
func open(signed []byte, vkey string) tlog.Tree {
	verifier, err := note.NewVerifier(vkey)
	must(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		log.Fatalf("origin %q", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	return tlog.Tree{N: size, Hash: hash(lines[2])}
}

// all reads the entries of a log: 256 a bundle, each behind its length in two bytes.
func all(folder string, size int64) (entries [][]byte) {
	for number := int64(0); int64(len(entries)) < size; number++ {
		path := filepath.Join(folder, "tile", "entries", fmt.Sprintf("%03d", number))
		if rest := size - 256*number; rest < 256 {
			path += fmt.Sprintf(".p/%d", rest)
		}
		for data := read(path); len(data) > 0; {
			end := 2 + int(data[0])<<8 + int(data[1])
			entries = append(entries, data[2:end])
			data = data[end:]
		}
	}
	return entries
}

// rootOf grows a tree with tlog's own stored hashes.
func rootOf(entries [][]byte) tlog.Hash {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (found []tlog.Hash, err error) {
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for at, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(at), entry, reader)
		must(err)
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(int64(len(entries)), reader)
	must(err)
	return root
}

func checkProofs(folder, vkey string, entries [][]byte) int {
	files, err := filepath.Glob(filepath.Join(folder, "*.tlog-proof"))
	must(err)
	sort.Strings(files)
	for _, file := range files {
		head, signed, _ := strings.Cut(string(read(file)), "\n\n")
		lines := strings.Split(head, "\n")
		if lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "extra ") {
			log.Fatalf("%s: not a proof with its record", file)
		}
		record, err := base64.StdEncoding.DecodeString(lines[1][len("extra "):])
		must(err)
		index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
		must(err)
		var proof tlog.RecordProof
		for _, line := range lines[3:] {
			proof = append(proof, hash(line))
		}
		tree := open([]byte(signed), vkey)
		if string(record) != string(entries[index]) {
			log.Fatalf("%s: another record", file)
		}
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(record)))
		beside := entries[(index+1)%int64(len(entries))]
		if tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(beside)) == nil {
			log.Fatalf("%s: it proves another record too", file)
		}
	}
	return len(files)
}

func checkConsistency(data []byte) int {
	var steps []consistency
	must(json.Unmarshal(data, &steps))
	for _, step := range steps {
		var proof tlog.TreeProof
		for _, line := range step.Proof {
			proof = append(proof, hash(line))
		}
		must(tlog.CheckTree(proof, step.New, hash(step.NewRoot), step.Old, hash(step.OldRoot)))
		if step.Old != step.New && tlog.CheckTree(proof, step.New, hash(step.NewRoot), step.Old, hash(step.NewRoot)) == nil {
			log.Fatalf("%d to %d: it proves another tree too", step.Old, step.New)
		}
	}
	return len(steps)
}
