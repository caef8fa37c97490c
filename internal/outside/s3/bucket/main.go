// Command bucket is S3 for a test: a bucket of that name with the files of a folder. It
// prints its address, and ends with its standard input.
//
//	bucket NAME FOLDER
package main

import (
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

func main() {
	name, folder := os.Args[1], os.Args[2]
	backend := s3mem.New()
	if err := backend.CreateBucket(name); err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	defer server.Close()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		key, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		_, err = backend.PutObject(name, filepath.ToSlash(key), nil, f, info.Size(), nil)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(server.Listener.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
}
