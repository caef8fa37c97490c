// Handshakes makes handshakes with github.com/quic-go/quic-go, and prints their
// datagrams: "> " or "< " and hexadecimal digits, and an empty line behind each
// handshake. The n-th asks for the server gN.example. With "http3" in place of their
// number it asks for a page of HTTP/3 instead, and prints the secrets behind "key ".
package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

func main() {
	log.SetFlags(0)
	n := 1
	out := bufio.NewWriter(os.Stdout)
	if len(os.Args) > 1 && os.Args[1] == "http3" {
		if err := askHTTP3(out); err != nil {
			log.Fatal(err)
		}
		n = 0
	} else if len(os.Args) > 1 {
		var err error
		if n, err = strconv.Atoi(os.Args[1]); err != nil {
			log.Fatal(err)
		}
	}
	if err := run(out, n); err != nil {
		log.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

func run(out io.Writer, n int) error {
	config, err := serverConfig()
	if err != nil {
		return err
	}
	listener, err := quic.ListenAddr("127.0.0.1:0", config, nil)
	if err != nil {
		return err
	}
	defer listener.Close()
	go serve(listener)
	for i := range n {
		// Every third goes on with version 2 of QUIC.
		c := &quic.Config{Versions: []quic.Version{quic.Version1}}
		if i%3 == 2 {
			c.Versions = []quic.Version{quic.Version2}
		}
		socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return err
		}
		tap := &tap{PacketConn: socket, out: out}
		if err := ask(tap, listener.Addr(), fmt.Sprintf("g%d.example", i), c); err != nil {
			return err
		}
		socket.Close()
		tap.mu.Lock()
		fmt.Fprintln(out)
		tap.out = io.Discard
		tap.mu.Unlock()
	}
	return nil
}

// askHTTP3 asks a server of HTTP/3 for a page that it does not have.
func askHTTP3(out io.Writer) error {
	config, err := serverConfig()
	if err != nil {
		return err
	}
	listening, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	server := &http3.Server{TLSConfig: http3.ConfigureTLSConfig(config), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "nothing here", http.StatusNotFound)
	})}
	defer server.Close()
	go server.Serve(listening)
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	defer socket.Close()
	tap := &tap{PacketConn: socket, out: out}
	transport := &quic.Transport{Conn: tap}
	client := &http3.Transport{TLSClientConfig: &tls.Config{ServerName: "g0.example", InsecureSkipVerify: true, KeyLogWriter: keyLog{tap}},
		Dial: func(ctx context.Context, _ string, t *tls.Config, q *quic.Config) (*quic.Conn, error) {
			return transport.DialEarly(ctx, listening.LocalAddr(), t, q)
		}}
	request, err := http.NewRequest("GET", "https://g0.example/secret?q=1", nil)
	if err != nil {
		return err
	}
	answer, err := client.RoundTrip(request)
	if err != nil {
		return err
	}
	if _, err := io.ReadAll(answer.Body); err != nil {
		return err
	}
	client.Close()
	tap.mu.Lock()
	tap.out = io.Discard
	tap.mu.Unlock()
	return nil
}

// keyLog prints secrets among the datagrams.
type keyLog struct{ *tap }

func (k keyLog) Write(b []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return fmt.Fprintf(k.out, "key %s", b)
}

func serverConfig() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "g.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, NextProtos: []string{"h3"}}, nil
}

func serve(listener *quic.Listener) {
	for {
		conn, err := listener.Accept(context.Background())
		if err != nil {
			return
		}
		go func() {
			stream, err := conn.AcceptStream(context.Background())
			if err == nil {
				io.Copy(stream, stream)
				stream.Close()
			}
		}()
	}
}

func ask(socket net.PacketConn, server net.Addr, name string, config *quic.Config) error {
	transport := &quic.Transport{Conn: socket}
	defer transport.Close()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	conn, err := transport.Dial(ctx, server, &tls.Config{ServerName: name, InsecureSkipVerify: true, NextProtos: []string{"h3"}}, config)
	if err != nil {
		return err
	}
	stream, err := conn.OpenStreamSync(ctx)
	if err != nil {
		return err
	}
	if _, err := stream.Write([]byte("question")); err != nil {
		return err
	}
	stream.Close()
	if _, err := io.ReadAll(stream); err != nil {
		return err
	}
	return conn.CloseWithError(0, "done")
}

// tap prints what passes.
type tap struct {
	net.PacketConn
	mu  sync.Mutex
	out io.Writer
}

func (c *tap) print(arrow string, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintln(c.out, arrow, hex.EncodeToString(b))
}

func (c *tap) WriteTo(b []byte, to net.Addr) (int, error) {
	c.print(">", b)
	return c.PacketConn.WriteTo(b, to)
}

func (c *tap) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.PacketConn.ReadFrom(b)
	if n > 0 {
		c.print("<", b[:n])
	}
	return n, from, err
}
