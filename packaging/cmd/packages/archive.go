package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"time"
)

// archiveName is what the archive of a platform is called; stem is the folder in it.
func (r *release) archiveName(p platform) (name, stem string) {
	stem = fmt.Sprintf("tapdump-%s-%s-%s", r.Version, p.os, p.name())
	if p.os == "windows" {
		return stem + ".zip", stem
	}
	return stem + ".tar.gz", stem
}

// archive writes a folder that has what is below the prefix: it can be copied to /usr/local.
func (r *release) archive(b build) error {
	name, stem := r.archiveName(b.platform)
	files := make([]file, len(b.files))
	for i, f := range b.files {
		f.place = path.Join(stem, f.place)
		files[i] = f
	}
	return r.create(name, func(w io.Writer) error {
		if b.platform.os == "windows" {
			return writeZip(w, files, r.Time)
		}
		compressed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
		if err != nil {
			return err
		}
		return errors.Join(writeTar(compressed, files, r.Time), compressed.Close())
	})
}

// writeTar writes files, and the folders before them, as of root.
func writeTar(w io.Writer, files []file, at time.Time) error {
	out := tar.NewWriter(w)
	folders := make(map[string]bool)
	for _, f := range files {
		if err := writeFolders(out, path.Dir(f.place), folders, at); err != nil {
			return err
		}
		if f.link != "" {
			if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: f.place, Linkname: f.link, Mode: 0o777, ModTime: at, Uname: "root", Gname: "root", Format: tar.FormatPAX}); err != nil {
				return err
			}
			continue
		}
		text, err := os.ReadFile(f.source)
		if err != nil {
			return err
		}
		header := &tar.Header{Name: f.place, Mode: int64(f.mode), Size: int64(len(text)), ModTime: at, Uname: "root", Gname: "root", Format: tar.FormatPAX}
		if err := out.WriteHeader(header); err != nil {
			return err
		}
		if _, err := out.Write(text); err != nil {
			return err
		}
	}
	return out.Close()
}

func writeFolders(out *tar.Writer, folder string, written map[string]bool, at time.Time) error {
	if folder == "." || written[folder] {
		return nil
	}
	if err := writeFolders(out, path.Dir(folder), written, at); err != nil {
		return err
	}
	written[folder] = true
	return out.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: folder + "/", Mode: 0o755, ModTime: at, Uname: "root", Gname: "root", Format: tar.FormatPAX})
}

func writeZip(w io.Writer, files []file, at time.Time) error {
	out := zip.NewWriter(w)
	for _, f := range files {
		text, err := os.ReadFile(f.source)
		if err != nil {
			return err
		}
		header := &zip.FileHeader{Name: f.place, Method: zip.Deflate, Modified: at}
		header.SetMode(f.mode)
		entry, err := out.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := entry.Write(text); err != nil {
			return err
		}
	}
	return out.Close()
}
